"""An encrypted backup is read by the holder of the key alone, whole or not at all."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pyrage
import pytest
from flask import Flask

from quiz_app.operations import archive, backup, dumps, encryption
from quiz_app.operations.backup import Installation
from quiz_app.operations.errors import ArchiveBroken, ArchiveLocked, IdentityWrong, RecipientWrong
from tests.support.build import Commune

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)  # the file is the same for both


def new_key(folder: Path, name: str = "khoa-rieng.txt") -> tuple[str, Path]:
    """A public key, and the file with the private one as age-keygen writes it."""
    identity = pyrage.x25519.Identity.generate()
    file = folder / name
    file.write_text(f"# public key: {identity.to_public()}\n{identity}\n")
    return str(identity.to_public()), file


def test_only_its_key_opens_a_backup(app: Flask, commune: Commune, tmp_path: Path) -> None:
    recipient, key = new_key(tmp_path)
    _, other = new_key(tmp_path, "khac.txt")
    folder = tmp_path / "kept"

    def run(*words: str) -> tuple[int, str]:
        result = app.test_cli_runner().invoke(args=["backup", *words])
        return result.exit_code, result.output

    code, words = run("create", "--to", str(folder), "--keep", "1", "--recipient", recipient)
    assert (code, "đã mã hóa" in words) == (0, True), words
    code, words = run("create", "--to", str(folder), "--keep", "1", "--recipient", recipient)
    assert code == 0, words
    (made,) = folder.iterdir()
    assert made.name.endswith(".tar.gz.age")
    assert made.stat().st_mode & 0o777 == 0o600
    assert commune.member.full_name.encode() not in made.read_bytes()

    for command in (("verify", str(made)), ("verify", str(made), "--identity", str(other)), ("restore", str(made))):
        code, words = run(*command)
        assert (code, "--identity" in words) == (1, True), words
    code, words = run("verify", str(made), "--identity", str(key))
    assert (code, "Nguyên vẹn" in words) == (0, True), words
    code, words = run("restore", str(made), "--replace", "--identity", str(key))
    assert (code, "Đã phục hồi" in words) == (0, True), words
    code, words = run("create", "--to", str(folder), "--recipient", recipient[:-1])
    assert (code, "khóa công khai" in words) == (1, True), words


def test_a_cut_or_changed_one_is_refused_and_leaves_nothing(
    installation: Installation, commune: Commune, tmp_path: Path
) -> None:
    recipient, key = new_key(tmp_path)
    folder = tmp_path / "kept"
    whole = backup.create(installation, folder, recipients=[recipient]).read_bytes()
    bad = tmp_path / "bad.tar.gz.age"
    middle = len(whole) // 2
    spoilt = [whole[:length] for length in (0, 30, 150, middle, len(whole) - 1)]
    spoilt += [whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :] for place in (5, middle, len(whole) - 1)]
    before = dumps.holds_something(installation.db)
    for content in [*spoilt, whole + b"x"]:
        bad.write_bytes(content)
        with pytest.raises(ArchiveBroken):
            backup.check(installation, bad, key)
        with pytest.raises(ArchiveBroken):
            backup.restore(installation, bad, identity=key, replace=True, upgrade=lambda: None)
    assert dumps.holds_something(installation.db) == before is not None
    assert list(installation.data_dir.iterdir()) == [], "nothing readable is left behind"
    assert len(list(folder.iterdir())) == 1


def test_what_is_replaced_is_kept_encrypted_as_well(
    installation: Installation, commune: Commune, tmp_path: Path
) -> None:
    recipient, key = new_key(tmp_path)
    folder = tmp_path / "kept"
    made = backup.create(installation, folder, recipients=[recipient])
    backup.restore(installation, made, identity=key, recipients=[recipient], replace=True, upgrade=lambda: None)
    assert [path.suffix for path in backup.kept_in(folder)] == [".age", ".age"]


def test_keys_that_are_none_are_named(installation: Installation, tmp_path: Path) -> None:
    recipient, _ = new_key(tmp_path)
    made = backup.create(installation, tmp_path / "kept", recipients=[recipient])
    wrong = tmp_path / "wrong.txt"
    for content in ("", "# only a remark\n", "không phải khóa\n", recipient):
        wrong.write_text(content)
        with pytest.raises(IdentityWrong):
            backup.check(installation, made, wrong)
    with pytest.raises(ArchiveLocked):
        backup.check(installation, made)
    with pytest.raises(RecipientWrong):
        backup.create(installation, tmp_path / "kept", recipients=["age1x"])


def test_debian_s_age_opens_ours_and_we_open_its(installation: Installation, commune: Commune, tmp_path: Path) -> None:
    """Where the program is there; what the file is stands fixed in any case by its first line."""
    recipient, key = new_key(tmp_path)
    plain = backup.create(installation, tmp_path / "kept")
    ours = tmp_path / "ours.age"
    encryption.encrypt(plain, ours, [recipient])
    assert ours.read_bytes().startswith(b"age-encryption.org/v1\n-> X25519 ")
    age = shutil.which("age")
    if age is None:
        return
    opened, theirs = tmp_path / "opened.tar.gz", tmp_path / "theirs.age"
    subprocess.run([age, "--decrypt", "--identity", key, "--output", opened, ours], check=True)
    assert archive.check(opened).counts["member"] > 10
    subprocess.run([age, "--recipient", recipient, "--output", theirs, plain], check=True)
    assert backup.check(installation, theirs, key).counts["member"] > 10
