package main

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"slices"
	"testing"
	"time"
)

// zipped is a file of a zip.
type zipped struct {
	name, content string
	mode          fs.FileMode
	modified      time.Time
}

func zipOf(t *testing.T, files []zipped) []byte {
	t.Helper()
	var raw bytes.Buffer
	archive := zip.NewWriter(&raw)
	for _, file := range files {
		header := &zip.FileHeader{Name: file.name, Method: zip.Deflate, Modified: file.modified}
		header.SetMode(file.mode)
		w, err := archive.CreateHeader(header)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(file.content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	return raw.Bytes()
}

func TestArchive(t *testing.T) {
	t.Parallel()
	made := time.Date(2026, time.November, 1, 12, 0, 1, 0, time.UTC)
	const program = "terraform-provider-smtp_v1.2.3"
	right := []zipped{
		{"CHANGELOG.md", "changes", 0o644, made},
		{"LICENSE", "terms", 0o644, made},
		{"README.md", "read", 0o644, made},
		{program, "program", 0o755, made},
	}
	// changed gives the last one, the program, in another way.
	changed := func(change func(*zipped)) []zipped {
		files := slices.Clone(right)
		change(&files[3])
		return files
	}
	for name, test := range map[string]struct {
		files []zipped
		want  string
	}{
		"as it should be":        {right, ""},
		"no program":             {right[:3], program + " is not in it"},
		"no license":             {slices.Concat(right[:1], right[2:]), "LICENSE is not in it"},
		"a file more":            {append(slices.Clone(right), zipped{"go.mod", "module", 0o644, made}), "go.mod does not belong"},
		"a file twice":           {append(slices.Clone(right), right[0]), "CHANGELOG.md does not belong in it, or not twice"},
		"a folder more":          {append(slices.Clone(right), zipped{"docs/", "", fs.ModeDir | 0o755, made}), "docs/ does not belong"},
		"in a folder":            {changed(func(f *zipped) { f.name = "bin/" + program }), "bin/" + program + " does not belong"},
		"without its v":          {changed(func(f *zipped) { f.name = "terraform-provider-smtp_1.2.3" }), program + " is not in it"},
		"named as for Windows":   {changed(func(f *zipped) { f.name += ".exe" }), program + ".exe does not belong"},
		"not to be run":          {changed(func(f *zipped) { f.mode = 0o644 }), "has the mode -rw-r--r--"},
		"a link":                 {changed(func(f *zipped) { f.mode = fs.ModeSymlink | 0o755 }), "has the mode L"},
		"of another umask":       {append(slices.Clone(right[1:]), zipped{"CHANGELOG.md", "changes", 0o600, made}), "has the mode -rw-------"},
		"empty":                  {changed(func(f *zipped) { f.content = "" }), program + " is empty"},
		"of when it was built":   {changed(func(f *zipped) { f.modified = made.Add(time.Hour) }), "is of 2026-11-01T13:00:01Z, not of the commit's time"},
		"nothing is in it":       {nil, program + " is not in it"},
		"nothing that belongs":   {[]zipped{{"main.go", "package main", 0o644, made}}, "LICENSE is not in it"},
		"the program's own name": {changed(func(f *zipped) { f.name = "terraform-provider-smtp" }), "terraform-provider-smtp does not belong"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := checkArchive(zipOf(t, test.files), target{"linux", "amd64"}, "1.2.3", made)
			checked(t, err, test.want)
			if test.want == "" && string(got) != "program" {
				t.Errorf("the program is %q", got)
			}
		})
	}
}

func TestArchiveThatIsBroken(t *testing.T) {
	t.Parallel()
	linux := target{"linux", "amd64"}
	_, err := checkArchive([]byte("this is no zip"), linux, "1.2.3", time.Time{})
	checked(t, err, "no zip")
	raw := zipOf(t, []zipped{{"LICENSE", "terms and conditions", 0o644, time.Time{}}})
	// Behind the header of its first file, whose name has 7 letters.
	raw[30+len("LICENSE")] ^= 0xff
	_, err = checkArchive(raw, linux, "1.2.3", time.Time{})
	checked(t, err, "LICENSE: ")
}
