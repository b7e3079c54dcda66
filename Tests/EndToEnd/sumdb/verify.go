// Verifies a log of IF.witness with golang.org/x/mod/sumdb, which shares nothing with it but the specifications.
//
//	verify VKEY URL PROOF...
//
// The checkpoint's signature, that the tiles lead to its root, that the tree goes on from smaller ones, and each proof.
package main

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func fail(format string, arguments ...interface{}) {
	fmt.Printf(format+"\n", arguments...)
	os.Exit(1)
}

func fetch(url string) []byte {
	response, err := http.Get(url)
	if err != nil || response.StatusCode != 200 {
		fail("%s: %v %v", url, err, response)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		fail("%s: %v", url, err)
	}
	return body
}

func checkpoint(text []byte, verifier note.Verifier) (int64, tlog.Hash) {
	opened, err := note.Open(text, note.VerifierList(verifier))
	if err != nil {
		fail("checkpoint: %v", err)
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		fail("checkpoint: %q", opened.Text)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		fail("size: %v", err)
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		fail("root: %v", err)
	}
	return size, root
}

// tiles reads tiles by HTTP; x/mod puts the tile height into the path, C2SP does not.
type tiles struct{ url string }

func (t tiles) Height() int                     { return 8 }
func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}
func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var data [][]byte
	for _, tile := range wanted {
		data = append(data, fetch(t.url+"/tile/"+strings.TrimPrefix(tile.Path(), "tile/8/")))
	}
	return data, nil
}

func main() {
	verifier, err := note.NewVerifier(os.Args[1])
	if err != nil {
		fail("key: %v", err)
	}
	url := os.Args[2]
	size, root := checkpoint(fetch(url+"/checkpoint"), verifier)
	reader := tlog.TileHashReader(tlog.Tree{N: size, Hash: root}, tiles{url})
	if hash, err := tlog.TreeHash(size, reader); err != nil || hash != root {
		fail("the tiles do not lead to the root: %v", err)
	}
	for _, old := range []int64{1, 2, size / 2, size - 1, size} {
		hash, err := tlog.TreeHash(old, reader)
		if err != nil {
			fail("root at %d: %v", old, err)
		}
		proof, err := tlog.ProveTree(size, old, reader)
		if err == nil {
			err = tlog.CheckTree(proof, size, root, old, hash)
		}
		if err != nil {
			fail("from %d: %v", old, err)
		}
	}
	for _, name := range os.Args[3:] {
		text, err := os.ReadFile(name)
		if err != nil {
			fail("%v", err)
		}
		parts := strings.SplitN(string(text), "\n\n", 2)
		lines := strings.Split(parts[0], "\n")
		if lines[0] != "c2sp.org/tlog-proof@v1" {
			fail("%s: %q", name, lines[0])
		}
		record, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra "))
		if err != nil {
			fail("%s: %v", name, err)
		}
		index, err := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
		if err != nil {
			fail("%s: %v", name, err)
		}
		var proof tlog.RecordProof
		for _, line := range lines[3:] {
			hash, err := tlog.ParseHash(line)
			if err != nil {
				fail("%s: %v", name, err)
			}
			proof = append(proof, hash)
		}
		proofSize, proofRoot := checkpoint([]byte(parts[1]), verifier)
		if err := tlog.CheckRecord(proof, proofSize, proofRoot, index, tlog.RecordHash(record)); err != nil {
			fail("%s: %v", name, err)
		}
	}
	fmt.Printf("verified %d records and %d proofs\n", size, len(os.Args)-3)
}
