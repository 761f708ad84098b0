package kirim

// The reasons of errors, for which there is no message of the API to quote. The page
// templates/guides/troubleshooting.md.tmpl explains each, as a test checks. After a
// reason that ends in a space, a host or a time follows.
const (
	// There was no connection, and nothing was sent.
	reasonNoConnection = "could not connect to "
	reasonProxyRefused = "the proxy does not let requests through to "
	reasonUntrusted    = "could not be trusted"

	// A request was sent, and no whole answer came.
	reasonConnectionLost = "the connection was lost before an answer came"
	reasonTruncated      = "the answer broke off"
	reasonNoHTTP         = "what came as an answer is not HTTP"
	reasonSilence        = "no answer came within "

	// The operation's own time was over, or its caller ended it. What it was doing
	// follows.
	reasonOutOfTime   = "the time for this operation ran out while "
	reasonInterrupted = "it was interrupted"
	doingAnswer       = "waiting for the answer"
	doingRepeat       = "waiting to try again"
	doingQueue        = "waiting for the API's rate limit"

	// The API, or a gateway before it, asks to wait.
	reasonAsksToWait = "asks to wait "
	reasonTooLong    = "longer than the time that is left"
	reasonTooShort   = "the time that is left for this operation is too short to try again"

	// An answer that is not one of the API's.
	reasonNoAnswer     = "the answer's status is none that answers a request"
	reasonRedirect     = "the answer is a redirect, which the API never gives; it was not followed"
	reasonContradicts  = "the answer's status says success, but its body says that the request failed"
	reasonSuccessBut   = "the answer's status says success, but "
	reasonNonAPIAnswer = "the answer is not the API's own"
	oddForm            = "its body is not of the API's form"
	oddEmpty           = "its body is empty"
	oddPage            = "its body is a page (HTML or XML), not JSON"
	oddNoObject        = "its body is not a JSON object"
	oddTooLarge        = "its body is larger than 1 MiB"
	oddTruncated       = "its body broke off"
	oddCorrupt         = "its body is not compressed as it says it is"

	// A request that cannot be made.
	reasonUnmakeable   = "the request cannot be made"
	reasonDomainUnsent = "the domain cannot be sent"
	reasonGUIDUnsent   = "'s GUID cannot be sent" // after a noun
)

// What may be missing in an answer of the API's form.
//
//nolint:gosec // G101: it speaks of passwords, and holds none.
const (
	reasonIncomplete   = "the answer says success, but "
	missingData        = "it has no data object"
	missingPassword    = "it has no data.new_password"
	oddPassword        = "its data.new_password is not a string"
	oddEmptyPassword   = "its data.new_password is empty"
	oddPasswordLetters = "its data.new_password has characters that cannot be stored unchanged"
	missingList        = "it holds no list"
	// A noun follows the next two, and the last one follows that.
	missingItem      = "it holds no "
	aboutAnother     = "it is about another "
	aboutAnotherThan = " than the one asked for"
)
