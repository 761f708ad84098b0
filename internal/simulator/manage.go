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

// SMTPAddr is the host:port where the mail server listens for STARTTLS.
func (s *Server) SMTPAddr() string { return s.mail.plain.Addr().String() }

// SMTPSAddr is the host:port where the mail server listens for implicit TLS.
func (s *Server) SMTPSAddr() string { return s.mail.implicit.Addr().String() }

// CACertificate is the authority that the service's certificates come from, in PEM. They hold for localhost,
// 127.0.0.1 and ::1.
func (s *Server) CACertificate() []byte { return slices.Clone(s.authority.pem) }

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

// SetOptions changes how the service behaves while it runs. The mail server has heard of what was due before. change
// runs under the server's lock and must not call the server; the addresses and ServerTLS stay as they were.
func (s *Server) SetOptions(change func(*Options)) {
	now := s.lock()
	defer s.mu.Unlock()
	for _, c := range s.account.credentials {
		c.settle(now, s.opts.SyncDelay)
	}
	change(&s.opts)
	s.opts = s.opts.withDefaults()
}

// AddDomain gives the account a verified domain.
func (s *Server) AddDomain(name string) {
	s.lock()
	defer s.mu.Unlock()
	s.account.domains[normalDomain(name)] = true
}

// RemoveDomain takes a domain and its credentials away.
func (s *Server) RemoveDomain(name string) {
	s.lock()
	defer s.mu.Unlock()
	s.account.removeDomain(normalDomain(name))
}

// AddCredential makes a credential, with its domain where the account has not got it, and a first password that is
// live at once. A username that the domain has already is given back as it is.
func (s *Server) AddCredential(domain, username string) Credential {
	now := s.lock()
	defer s.mu.Unlock()
	domain = normalDomain(domain)
	if c := s.account.byUsername(domain, username); c != nil {
		return c.Credential
	}
	c, _ := s.account.add(domain, username, "", now)
	c.settle(now, 0)
	return c.Credential
}

// AddCredentialWithGUID is AddCredential with a GUID that is known beforehand: a UUID in lower case. It fails where
// the GUID has another form, or where it or the username is taken.
func (s *Server) AddCredentialWithGUID(domain, username, guid string) (Credential, error) {
	now := s.lock()
	defer s.mu.Unlock()
	domain = normalDomain(domain)
	if err := s.account.free(domain, username, guid); err != nil {
		return Credential{}, err
	}
	c, _ := s.account.add(domain, username, guid, now)
	c.settle(now, 0)
	return c.Credential, nil
}

// RemoveCredential deletes a credential as somebody else would, with no request in the journal.
func (s *Server) RemoveCredential(domain, guid string) {
	s.lock()
	defer s.mu.Unlock()
	if c := s.account.find(domain, guid); c != nil {
		s.account.remove(c)
	}
}

// ResetElsewhere resets a credential's password as somebody else would, with no request in the journal. It gives the
// new password, or nothing where there is no such credential.
func (s *Server) ResetElsewhere(domain, guid string) string {
	now := s.lock()
	defer s.mu.Unlock()
	c := s.account.find(domain, guid)
	if c == nil {
		return ""
	}
	return s.account.reset(c, now)
}

// LivePassword is what the mail server takes now, nothing where there is no such credential.
func (s *Server) LivePassword(domain, guid string) string {
	now := s.lock()
	defer s.mu.Unlock()
	c := s.account.find(domain, guid)
	if c == nil {
		return ""
	}
	c.settle(now, s.opts.SyncDelay)
	return c.live
}

// IssuedPasswords is every password that was ever made, in order, to be searched for where none may be.
func (s *Server) IssuedPasswords() []string {
	s.lock()
	defer s.mu.Unlock()
	return slices.Clone(s.account.issued)
}
