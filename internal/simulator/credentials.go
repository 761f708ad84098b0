package simulator

import (
	"net/http"
	"time"
)

// act is the API itself: it answers the call and makes its change, at the moment at. Called under s.mu.
func (s *Server) act(c *call, at time.Time) answer {
	if c.refusal != nil {
		return *c.refusal
	}
	if !s.account.domains[c.domain] {
		return failure(http.StatusNotFound, "Domain not found")
	}
	switch c.kind {
	case KindList:
		return s.list(c)
	case KindCreate:
		return s.create(c, at)
	}
	found := s.account.byGUID(c.guid)
	if found == nil {
		return failure(http.StatusNotFound, "Credential not found")
	}
	if found.Domain != c.domain {
		return failure(http.StatusForbidden, "Credential does not belong to the specified domain")
	}
	switch c.kind {
	case KindDelete:
		s.account.remove(found)
		a := jsonAnswer(http.StatusOK, envelope{Success: true, Message: "Credential deleted successfully."})
		a.acted = true
		return a
	case KindReset:
		return s.reset(found, at)
	default:
		return jsonAnswer(http.StatusOK, envelope{Success: true, Data: s.opts.view(found)})
	}
}

func (s *Server) list(c *call) answer {
	all := s.account.in(c.domain)
	offset := (c.page - 1) * c.limit
	// Never nil: an empty list is [] and not null.
	page := []credentialJSON{}
	for i := offset; i < len(all) && i < offset+c.limit; i++ {
		page = append(page, s.opts.view(all[i]))
	}
	e := envelope{Success: true, Data: page, Domain: c.domain}
	switch s.opts.ListShape {
	case ShapePaginated:
		e.Data = paginatedJSON{
			Data:       page,
			Pagination: paginationJSON{Total: len(all), Page: c.page, Limit: c.limit, Offset: offset},
		}
	case ShapePaginator:
		e.Data = paginatorJSON{CurrentPage: c.page, Data: page, Total: len(all)}
		e.Domain = ""
	case ShapeFlat:
	}
	return jsonAnswer(http.StatusOK, e)
}

func (s *Server) create(c *call, at time.Time) answer {
	if s.account.byUsername(c.domain, c.username) != nil {
		return invalid("username", "The username has already been taken.")
	}
	made, password := s.account.add(c.domain, c.username, "", at)
	a := jsonAnswer(http.StatusCreated, envelope{
		Success: true,
		Message: "Credential created successfully.",
		Data: createdJSON{
			Credential:   s.opts.view(made),
			Password:     password,
			RemoteSynced: s.opts.remoteSynced(),
		},
	})
	a.acted = true
	return a
}

func (s *Server) reset(c *credential, at time.Time) answer {
	password := s.account.reset(c, at)
	view := s.opts.view(c)
	if !s.opts.ResetCarriesPasswordChanged {
		view.LastPasswordChanged = nil
	}
	shown := &view
	if s.opts.ResetOmitsCredential {
		shown = nil
	}
	a := jsonAnswer(http.StatusOK, envelope{
		Success: true,
		Message: "Password reset successfully.",
		Data: resetJSON{
			Credential:   shown,
			NewPassword:  password,
			StrengthInfo: s.opts.StrengthInfo(password),
			RemoteSynced: s.opts.remoteSynced(),
		},
	})
	a.acted = true
	return a
}
