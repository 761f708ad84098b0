package simulator

import (
	"net/http"
	"strings"
	"time"
)

// onCredential is the handler of an endpoint for the one credential that the path names.
func onCredential(do func(*Server, *credential, time.Time) answer) handler {
	return func(s *Server, c *call, at time.Time) answer {
		found := s.account.byGUID(c.guid)
		switch {
		case found == nil:
			return failure(http.StatusNotFound, "Credential not found")
		case found.Domain != c.domain:
			return failure(http.StatusForbidden, c.route.area.foreign)
		}
		return do(s, found, at)
	}
}

func (s *Server) listCredentials(c *call, _ time.Time) answer {
	return listAnswer(c, &s.opts, s.account.in(c.domain), s.opts.view)
}

func (s *Server) createCredential(c *call, at time.Time) answer {
	username := c.text("username")
	switch {
	case username == "":
		return invalid("username", "A username is required.")
	case strings.ContainsFunc(username, func(r rune) bool { return r <= ' ' || r == 0x7f }):
		return invalid("username", "The username holds characters that it must not.")
	case s.account.byUsername(c.domain, username) != nil:
		return invalid("username", "The username has already been taken.")
	}
	made, password := s.account.add(c.domain, username, "", at)
	return jsonAnswer(http.StatusCreated, envelope{
		Success: true,
		Message: "Credential created successfully.",
		Data: createdJSON{
			Credential:   s.opts.view(made),
			Password:     password,
			RemoteSynced: s.opts.remoteSynced(),
		},
	})
}

func (s *Server) getCredential(found *credential, _ time.Time) answer {
	return jsonAnswer(http.StatusOK, envelope{Success: true, Data: s.opts.view(found)})
}

func (s *Server) deleteCredential(found *credential, _ time.Time) answer {
	s.account.remove(found)
	return jsonAnswer(http.StatusOK, envelope{Success: true, Message: "Credential deleted successfully."})
}

func (s *Server) resetPassword(found *credential, at time.Time) answer {
	reset := resetJSON{NewPassword: s.account.reset(found, at), RemoteSynced: s.opts.remoteSynced()}
	reset.StrengthInfo = s.opts.StrengthInfo(reset.NewPassword)
	if view := s.opts.view(found); !s.opts.ResetOmitsCredential {
		if !s.opts.ResetCarriesPasswordChanged {
			view.LastPasswordChanged = nil
		}
		reset.Credential = &view
	}
	return jsonAnswer(http.StatusOK, envelope{Success: true, Message: "Password reset successfully.", Data: reset})
}
