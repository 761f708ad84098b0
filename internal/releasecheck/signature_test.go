package main

import "testing"

func TestSignatureIsBinary(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ signature, want string }{
		"as gpg writes it":        {"\x89\x01\xb3\x04\x00\x01\x0a", ""},
		"of one byte's length":    {"\x88\x75\x04\x00", ""},
		"in the new format":       {"\xc2\xc0\x73\x04\x00", ""},
		"armored":                 {"-----BEGIN PGP SIGNATURE-----\n\n", "it is armored"},
		"empty":                   {"", "it is empty"},
		"a key":                   {"\x99\x01\x8d\x04", "no OpenPGP signature"},
		"a message that is whole": {"\xa3\x01\x78", "no OpenPGP signature"},
		"something else":          {"signed", "no OpenPGP signature"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checked(t, checkBinary([]byte(test.signature)), test.want)
		})
	}
}
