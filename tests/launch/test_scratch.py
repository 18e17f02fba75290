import os, gzip, json
from pathlib import Path
import pytest
from tests.embedding import Corpus, rows
from tests import fakes

def show(tag, o, table):
    print(f"--- {tag}: code {o.code}\nout: {o.out!r}\nerr: {o.err!r}\nexists: {os.path.exists(table)} {sorted(os.listdir(table)) if os.path.isdir(table) else ''}")

def test_scratch(embed, vectormill, corpus, table, tmp_path, capfd):
    log = open("/tmp/x/scratch.log", "w")
    def go(tag, *a, **k):
        to = k.get("to", table)
        o = embed(*a, **k)
        print(f"--- {tag}: code {o.code}\nout: {o.out}\nerr: {o.err}\nexists: {os.path.exists(to)} {sorted(os.listdir(to)) if os.path.isdir(to) else ''}", file=log, flush=True)
        return o
    t = lambda n: str(tmp_path / n)
    go("empty folder", corpus.root, to=t("t1"))
    e = tmp_path / "e.txt"; e.write_bytes(b"")
    go("0-byte txt", e, to=t("t2"))
    b = tmp_path / "b.txt"; b.write_bytes(b"\n\n\n")
    go("blank lines txt", b, to=t("t3"))
    go("glob", tmp_path / "nope*.txt", to=t("t4"))
    go("missing", tmp_path / "nope.txt", to=t("t5"))
    im = tmp_path / "im"; im.mkdir(); (im / "a.jpg").write_bytes(b"xx")
    go("image dir to text", im, to=t("t6"))
    corpus.write("a.txt", ["one", "two"])
    go("text dir to image", corpus.root, to=t("t7"), encoder="fake-image")
    f = tmp_path / "file"; f.write_text("x")
    go("to file", corpus.root, to=str(f))
    d = tmp_path / "dir"; d.mkdir(); (d / "notes.doc").write_text("x")
    go("to other dir", corpus.root, to=str(d))
    go("to below file", corpus.root, to=str(f / "sub"))
    go("to in missing parent", corpus.root, to=t("x/y/z"))
    go("chunk", corpus.root, "--chunk", "words:3", to=t("t8"))
    go("runner", corpus.root, "--runner", "nope", to=t("t9"))
    go("beam opt", corpus.root, "--beam", "--nope=3", to=t("t9b"))
    go("mdf", corpus.root, "--max-dead-fraction", "3", to=t("t9c"))
    go("no header etc on txt", corpus.root, "--text-column", "x", to=t("t10"))
    g = tmp_path / "g.txt.gz"; g.write_bytes(gzip.compress(os.urandom(20000).hex().encode())[:5000])
    go("trunc gz", g, to=t("t11"))
    p = tmp_path / "p.parquet"; p.write_bytes(b"PAR1 no")
    go("broken parquet", p, to=t("t12"))
    dj = tmp_path / "dd"; (dj / "a.jsonl").mkdir(parents=True)
    go("dir named file", dj / "a.jsonl", to=t("t13"))
    c = tmp_path / "c.csv"; c.write_text("a,b\n1,2\n")
    go("missing col", c, "--text-column", "nope", to=t("t14"))
    go("missing id col", c, "--text-column", "a", "--id-column", "nope", to=t("t15"))
    go("ok", corpus.root)
    go("again", corpus.root)
    go("again json", corpus.root, "--json")
    fk = fakes.text_encoder(fingerprint="other")
    vectormill.encoder = fk
    go("other enc", corpus.root)
    vectormill.encoder = None
    go("image to text table", im, encoder="fake-image")
    for a in (["show", table], ["show", table, "--json"], ["show", table, "--version", "7"], ["show", t("none")], ["show", str(d)], ["show", str(f)], ["show", table, "--version", "-1"], ["export", table, "--to", t("o1"), "--format", "npy"], ["export", table, "--to", t("o1"), "--format", "npy"], ["export", table, "--to", t("o2"), "--format", "npy", "--version", "9"], ["export", table, "--to", t("o3"), "--format", "csv"], ["embed"], ["embed", "x"], ["nope"], ["encoders", "show", "use-multilingul"], [], ["--version"],["embed","--help"], ["embed", str(corpus.root), "--to", t("t20"), "--encoder", "fake-text", "--shard-items", "0"], ["export", table, "--to", t("o9"), "--format", "npy", "--runner", "nope"]):
        o = vectormill(*a)
        print(f"--- {a}: code {o.code}\nout: {o.out}\nerr: {o.err}", file=log, flush=True)
    go("dup ids", c, "--text-column", "a", "--id-column", "b", to=t("t16"))
    c.write_text("a,b\n1,2\n3,2\n")
    go("dup ids", c, "--text-column", "a", "--id-column", "b", to=t("t16"))
    go("dry", corpus.root, "--dry-run", to=t("t17"))
    go("dry json", corpus.root, "--dry-run", "--json", to=t("t17"))
    corpus.write("bad.txt", ["x POISON y", "fine"])
    go("dead", corpus.root)
    go("dead json", corpus.root, "--json")
    go("dead ok", corpus.root, "--json", "--max-dead-fraction", "1")
