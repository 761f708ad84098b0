package simulator

import "slices"

// URL is the API's base URL, without a trailing slash.
func (s *Server) URL() string {
	scheme := "http://"
	if s.secure {
		scheme = "https://"
	}
	return scheme + s.api.Addr().String()
}

// SMTPAddr is the host:port of the mail server for STARTTLS.
func (s *Server) SMTPAddr() string { return s.mail.plain.Addr().String() }

// SMTPSAddr is the host:port of the mail server for implicit TLS.
func (s *Server) SMTPSAddr() string { return s.mail.implicit.Addr().String() }

// CACertificate is the authority that signs the service's certificate, in PEM: that certificate itself. It holds for
// localhost, 127.0.0.1 and ::1.
func (s *Server) CACertificate() []byte { return slices.Clone(s.certificate.pem) }

// Username is the account's user name.
func (s *Server) Username() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.opts.Username
}

// Token is the account's API token.
func (s *Server) Token() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.opts.Token
}

// SetOptions changes the options while the service runs, except the addresses and ServerTLS. The mail server has taken
// the passwords that are due by then. change runs under the server's lock and must not call the server.
func (s *Server) SetOptions(change func(*Options)) {
	now := s.lock()
	defer s.mu.Unlock()
	for _, c := range s.account.credentials {
		c.synchronize(now, s.opts.SyncDelay)
	}
	change(&s.opts)
	s.opts = s.opts.withDefaults()
}

// AddDomain gives the account a verified domain.
func (s *Server) AddDomain(name string) {
	now := s.lock()
	defer s.mu.Unlock()
	s.account.addDomain(normalDomain(name), now)
}

// Domains is the account's domains, oldest first.
func (s *Server) Domains() []Domain {
	s.lock()
	defer s.mu.Unlock()
	var all []Domain
	for _, d := range s.account.domains {
		all = append(all, d.Domain)
	}
	return all
}

// Domain is the domain of that name, and whether there is one.
func (s *Server) Domain(name string) (Domain, bool) {
	s.lock()
	defer s.mu.Unlock()
	if d := s.account.domain(normalDomain(name)); d != nil {
		return d.Domain, true
	}
	return Domain{}, false
}

// IsVerified reports whether the API shows the domain as verified.
func (s *Server) IsVerified(name string) bool {
	d, _ := s.Domain(name)
	return d.IsVerified
}

// DomainKey is the API key of a domain and its secret, empty if there is no such domain.
func (s *Server) DomainKey(name string) (key, secret string) {
	s.lock()
	defer s.mu.Unlock()
	if d := s.account.domain(normalDomain(name)); d != nil {
		return d.key, d.secret
	}
	return "", ""
}

// SetRecords says which of a domain's DNS records are right from now on, whatever Options.VerifyAfter says. The domain
// is verified once the API has been asked to look and all are right. It is no longer verified as soon as one is not. It
// reports whether there is such a domain.
func (s *Server) SetRecords(name string, records Records) bool {
	s.lock()
	defer s.mu.Unlock()
	d := s.account.domain(normalDomain(name))
	if d != nil {
		d.setRecords(records)
	}
	return d != nil
}

// SetTracking changes what a domain's mail is tracked for, as another client does, with no request in the journal.
func (s *Server) SetTracking(name string, tracking Tracking) {
	now := s.lock()
	defer s.mu.Unlock()
	if d := s.account.domain(normalDomain(name)); d != nil {
		d.Tracking, d.modified = tracking, now
	}
}

// RemoveDomain removes a domain, its credentials and its webhooks.
func (s *Server) RemoveDomain(name string) {
	s.lock()
	defer s.mu.Unlock()
	s.account.removeDomain(normalDomain(name))
}

// AddCredential makes a credential, its domain if that is new, and a first password that is live at once. If the domain
// has the username already, AddCredential changes nothing and returns that credential.
func (s *Server) AddCredential(domain, username string) Credential {
	now := s.lock()
	defer s.mu.Unlock()
	domain = normalDomain(domain)
	if c := s.account.byUsername(domain, username); c != nil {
		return c.Credential
	}
	c, _ := s.account.add(domain, username, "", now)
	c.synchronize(now, 0)
	return c.Credential
}

// AddCredentialWithGUID is AddCredential with a known GUID: a UUID in lower case, or empty for a random one. It fails
// if the GUID has another form, or if the GUID or the username is taken.
func (s *Server) AddCredentialWithGUID(domain, username, guid string) (Credential, error) {
	now := s.lock()
	defer s.mu.Unlock()
	domain = normalDomain(domain)
	if err := s.account.checkFree(domain, username, guid); err != nil {
		return Credential{}, err
	}
	c, _ := s.account.add(domain, username, guid, now)
	c.synchronize(now, 0)
	return c.Credential, nil
}

// RemoveCredential deletes a credential as another client does, with no request in the journal.
func (s *Server) RemoveCredential(domain, guid string) {
	s.lock()
	defer s.mu.Unlock()
	if c := s.account.find(domain, guid); c != nil {
		s.account.remove(c)
	}
}

// ResetExternally resets a credential's password as another client does, with no request in the journal. It returns the
// new password, empty if the credential does not exist.
func (s *Server) ResetExternally(domain, guid string) string {
	now := s.lock()
	defer s.mu.Unlock()
	c := s.account.find(domain, guid)
	if c == nil {
		return ""
	}
	return s.account.reset(c, now)
}

// AddWebhook makes a webhook, and its domain if that is new.
func (s *Server) AddWebhook(domain, event, url string) Webhook {
	return s.AddWebhookWithGUID(domain, event, url, newGUID())
}

// AddWebhookWithGUID is AddWebhook with a known GUID: a UUID in lower case.
func (s *Server) AddWebhookWithGUID(domain, event, url, guid string) Webhook {
	now := s.lock()
	defer s.mu.Unlock()
	domain = normalDomain(domain)
	s.account.addDomain(domain, now)
	return s.account.addWebhook(domain, guid, event, url, now).Webhook
}

// Webhooks is the webhooks of all domains, oldest first.
func (s *Server) Webhooks() []Webhook {
	s.lock()
	defer s.mu.Unlock()
	// Never nil: an empty list is [] and not null.
	all := []Webhook{}
	for _, w := range s.account.webhooks {
		all = append(all, w.Webhook)
	}
	return all
}

// ChangeWebhook changes the webhook with the domain and GUID of w as another client does, with no request in the
// journal: its type, its URL, and whether the API shows it as deleted.
func (s *Server) ChangeWebhook(w Webhook) {
	now := s.lock()
	defer s.mu.Unlock()
	if found := s.account.webhook(w.Domain, w.GUID); found != nil {
		found.Webhook, found.modified = w, now
	}
}

// RemoveWebhook deletes a webhook as another client does, with no request in the journal.
func (s *Server) RemoveWebhook(domain, guid string) {
	s.lock()
	defer s.mu.Unlock()
	if w := s.account.webhook(normalDomain(domain), guid); w != nil {
		s.account.removeWebhook(w)
	}
}

// LivePassword is the password that the mail server takes now, empty if the credential does not exist.
func (s *Server) LivePassword(domain, guid string) string {
	now := s.lock()
	defer s.mu.Unlock()
	c := s.account.find(domain, guid)
	if c == nil {
		return ""
	}
	c.synchronize(now, s.opts.SyncDelay)
	return c.live
}

// IssuedPasswords is every password so far, oldest first. Tests search for them in places that must hold none.
func (s *Server) IssuedPasswords() []string {
	s.lock()
	defer s.mu.Unlock()
	return slices.Clone(s.account.issued)
}
