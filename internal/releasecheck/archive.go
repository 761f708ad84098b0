package main

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"
)

// archived are the files of a zip by their names, each with the permissions that
// it has to have.
func archived(t target, version string) map[string]fs.FileMode {
	return map[string]fs.FileMode{
		"CHANGELOG.md": 0o644, "LICENSE": 0o644, "README.md": 0o644, t.program(version): 0o755,
	}
}

// checkArchive looks at a zip and gives the program in it.
func checkArchive(raw []byte, t target, version string, made time.Time) (program []byte, err error) {
	archive, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return nil, fmt.Errorf("it is no zip that can be read: %w", err)
	}
	var problems []error
	missing := archived(t, version)
	for _, file := range archive.File {
		mode, wanted := missing[file.Name]
		if !wanted {
			problems = append(problems, fmt.Errorf("%s does not belong in it, or not twice: see archives in .goreleaser.yml", file.Name))
			continue
		}
		delete(missing, file.Name)
		if file.Mode() != mode {
			problems = append(problems, fmt.Errorf("%s has the mode %s, not %s: see archives in .goreleaser.yml", file.Name, file.Mode(), mode))
		}
		if !file.Modified.Equal(made) {
			problems = append(problems, fmt.Errorf("%s is of %s, not of the commit's time, %s: see mtime and mod_timestamp in .goreleaser.yml",
				file.Name, file.Modified.UTC().Format(time.RFC3339), made.UTC().Format(time.RFC3339)))
		}
		content, err := contentOf(file)
		switch {
		case err != nil:
			problems = append(problems, fmt.Errorf("%s: %w", file.Name, err))
		case len(content) == 0:
			problems = append(problems, fmt.Errorf("%s is empty", file.Name))
		case file.Name == t.program(version):
			program = content
		}
	}
	for name := range missing {
		problems = append(problems, fmt.Errorf("%s is not in it: see archives in .goreleaser.yml", name))
	}
	return program, errors.Join(problems...)
}

// contentOf reads a file of a zip, whose checksum zip compares.
func contentOf(file *zip.File) ([]byte, error) {
	opened, err := file.Open()
	if err != nil {
		return nil, err
	}
	defer opened.Close()
	return io.ReadAll(opened)
}
