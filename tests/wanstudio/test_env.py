import os
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from wanstudio import env


@pytest.fixture(autouse=True)
def environment():
    """What a file brought is gone after the test."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def variable(monkeypatch):
    return lambda value, name="THING": monkeypatch.setenv(name, value)


@pytest.mark.parametrize("word", ["on", "1", "TRUE", "yes", " On "])
def test_words_that_mean_on(variable, word):
    variable(word)
    assert env.env_bool("THING") is True


@pytest.mark.parametrize("word", ["off", "0", "False", "no"])
def test_words_that_mean_off(variable, word):
    variable(word)
    assert env.env_bool("THING", default=True) is False


def test_a_blank_variable_counts_as_not_set(variable):
    variable("  ")
    assert env.env_bool("THING", default=True) is True
    assert env.env_int("THING", 7) == 7
    assert env.env_list("THING") == []
    assert env.env_str("THING", "default") == "default"


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (env.env_bool, "maybe"),
        (partial(env.env_int, default=None), "many"),
        (partial(env.env_int, default=None), "1.5"),
        (partial(env.env_int, default=None), "-1"),
        (partial(env.env_number, default=None), "nan"),
        (partial(env.env_number, default=None), "inf"),
        (env.env_decimal, "1,5"),
        (env.env_pairs, "a=1,b"),
        (env.env_pairs, "=1"),
    ],
)
def test_nonsense_is_refused_by_the_name_of_its_variable(variable, read, value):
    variable(value)
    with pytest.raises(ImproperlyConfigured, match="THING"):
        read("THING")


def test_a_choice_is_one_of_the_given(variable):
    variable("later")
    with pytest.raises(ImproperlyConfigured, match="one of before, after, not 'later'"):
        env.env_choice("THING", ("", "before", "after"), "")


def test_an_amount_is_kept_as_written(variable):
    variable("0.10")
    assert env.env_decimal("THING") == Decimal("0.10")


def test_lists_and_pairs_ignore_blanks(variable):
    variable(" a , b ,, c=d ")
    assert env.env_list("THING") == ["a", "b", "c=d"]
    variable("t2v:480P = 0.10, i2v:480P=0.075")
    assert env.env_pairs("THING") == {"t2v:480P": "0.10", "i2v:480P": "0.075"}


def test_a_secret_may_come_from_a_file(variable, tmp_path):
    path = tmp_path / "secret"
    path.write_text("from-the-file\n")
    variable(str(path), "THING_FILE")
    assert env.env_secret("THING") == "from-the-file"
    variable("from-the-variable")
    assert env.env_secret("THING") == "from-the-variable"


def test_a_secret_file_that_is_missing_stops_the_start(variable, tmp_path):
    variable(str(tmp_path / "nowhere"), "THING_FILE")
    with pytest.raises(ImproperlyConfigured, match="THING_FILE cannot be read"):
        env.env_secret("THING")


@pytest.mark.parametrize("secret", ["sk-canary\nx", "sk-canary\u200b", "sk-canary\x00"])
def test_a_broken_secret_is_refused_without_repeating_it(tmp_path, variable, secret):
    path = tmp_path / "secret"
    path.write_text(secret)
    variable(str(path), "THING_FILE")
    with pytest.raises(ImproperlyConfigured) as refused:
        env.env_secret("THING")
    assert "canary" not in str(refused.value)


def test_an_env_file_is_read_and_the_real_environment_wins(tmp_path, monkeypatch):
    for name in ("PLAIN", "QUOTED", "HASH", "EXPORTED", "BLANK"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv(name, "x")  # so that it is taken away again afterwards
        monkeypatch.delenv(name)
    monkeypatch.setenv("KEPT", "real")
    path = tmp_path / ".env"
    path.write_text(
        "# a comment\n\nPLAIN=one two # said why\nQUOTED=\"a # b\" # c\nHASH='x'\n"
        "export EXPORTED = y=z#1\nBLANK=\nKEPT=file\n"
    )
    env.read_env_file(path)
    read = {n: env.os.environ[n] for n in ("PLAIN", "QUOTED", "HASH", "EXPORTED", "BLANK", "KEPT")}
    assert read == {
        "PLAIN": "one two",
        "QUOTED": "a # b",
        "HASH": "x",
        "EXPORTED": "y=z#1",
        "BLANK": "",
        "KEPT": "real",
    }


def test_a_line_that_is_none_is_named_by_its_number_alone(tmp_path):
    path = tmp_path / ".env"
    path.write_text("# first\nsk-canary\n")
    with pytest.raises(ImproperlyConfigured, match="line 2") as refused:
        env.read_env_file(path)
    assert "canary" not in str(refused.value)


def test_no_env_file_is_no_error(tmp_path):
    env.read_env_file(tmp_path / ".env")


def test_a_file_that_was_named_must_be_there(tmp_path, variable):
    variable(str(tmp_path / "nowhere.env"), "WANSTUDIO_ENV_FILE")
    with pytest.raises(ImproperlyConfigured, match="nowhere.env, which is not there"):
        env.read_env(tmp_path)
    variable("none", "WANSTUDIO_ENV_FILE")
    env.read_env(tmp_path)


def test_a_file_that_is_named_is_read_instead(tmp_path, variable, monkeypatch):
    variable("x", "PLAIN")  # so that it is taken away again afterwards
    monkeypatch.delenv("PLAIN")
    (tmp_path / ".env").write_text("PLAIN=usual\n")
    (tmp_path / "other.env").write_text("PLAIN=other\n")
    variable(str(tmp_path / "other.env"), "WANSTUDIO_ENV_FILE")
    env.read_env(tmp_path / "elsewhere")
    assert env.os.environ["PLAIN"] == "other"


def test_a_file_that_cannot_be_read_stops_the_start(tmp_path):
    path = tmp_path / ".env"
    path.write_bytes(b"PLAIN=\xff\n")
    with pytest.raises(ImproperlyConfigured, match=".env cannot be read"):
        env.read_env_file(path)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le-bom", "utf-16-be-bom"]
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_files_are_read_as_each_editor_saves_them(tmp_path, variable, monkeypatch, encoding, end):
    def saved(name, text):
        if encoding.endswith("-bom"):
            content = ("\ufeff" + text).encode(encoding.removesuffix("-bom"))
        else:
            content = text.encode(encoding)
        (tmp_path / name).write_bytes(content)
        return tmp_path / name

    for name in ("FIRST", "SECOND"):
        variable("x", name)  # so that it is taken away again afterwards
        monkeypatch.delenv(name)
    env.read_env_file(saved(".env", f"FIRST=一{end}# comment{end}SECOND=2{end}"))
    assert (env.os.environ["FIRST"], env.os.environ["SECOND"]) == ("一", "2")
    variable(str(saved("key", f"sk-key{end}")), "THING_FILE")
    assert env.env_secret("THING") == "sk-key"


@pytest.mark.parametrize(
    "content", ["sk-canary".encode("utf-16-le"), b"sk-canary\xff", b"\xff\xfea"]
)
def test_a_file_that_is_no_text_is_refused_without_repeating_it(tmp_path, variable, content):
    path = tmp_path / "secret"
    path.write_bytes(content)
    variable(str(path), "THING_FILE")
    for read in (lambda: env.env_secret("THING"), lambda: env.read_env_file(path)):
        with pytest.raises(
            ImproperlyConfigured, match="cannot be read: not a text file"
        ) as refused:
            read()
        assert "canary" not in str(refused.value)


def test_a_folder_in_place_of_a_file_is_refused_where_it_was_named(tmp_path, variable):
    (tmp_path / ".env").mkdir()  # somebody's virtual environment
    env.read_env(tmp_path)
    variable(str(tmp_path), "WANSTUDIO_ENV_FILE")
    with pytest.raises(ImproperlyConfigured, match="cannot be read: Is a directory"):
        env.read_env(tmp_path)


@pytest.mark.parametrize(
    ("value", "path"),
    [("", "/base/else"), ("a/b", "/base/a/b"), ("/a", "/a"), ("~/a", "/home/ada/a")],
)
def test_a_path_begins_at_the_base_the_root_or_the_home_folder(variable, value, path):
    variable("/home/ada", "HOME")
    variable(value)
    assert env.env_path("THING", "else", Path("/base")) == Path(path)


def test_a_home_folder_that_is_not_known_is_refused(variable):
    variable("~nobody-of-that-name/a")
    with pytest.raises(ImproperlyConfigured, match="THING: there is no home folder"):
        env.env_path("THING", "", Path("/base"))


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/Argentina/Ushuaia"])
def test_a_time_zone_is_one_that_this_machine_knows(variable, zone):
    variable(zone)
    assert env.env_time_zone("THING") == zone


@pytest.mark.parametrize(
    "zone", ["Mars", "/etc/passwd", "../zone", "Europe", "a\x1bb", "GMT+25:00"]
)
def test_a_time_zone_that_is_none_is_refused(variable, zone):
    variable(zone)
    with pytest.raises(ImproperlyConfigured, match="THING must be a name like"):
        env.env_time_zone("THING")


def test_a_misconfigured_process_ends_with_the_sentence_alone(capsys):
    with pytest.raises(SystemExit) as ended, env.exit_if_misconfigured(code=3):
        raise ImproperlyConfigured("Set THING.")
    assert ended.value.code == 3
    assert capsys.readouterr().err == "Set THING.\n"


def test_what_a_parent_took_from_the_file_is_read_anew_and_what_it_set_itself_stays(
    tmp_path, monkeypatch
):
    path = tmp_path / "studio.env"
    monkeypatch.setenv("WANSTUDIO_ENV_FILE", str(path))
    monkeypatch.setenv("D", "of the environment")
    path.write_text("A=old\nB=old\nC=old\nD=old")
    env.read_env(tmp_path)
    assert env.env_str("B") == "old"

    monkeypatch.setenv("C", "of the process")
    path.write_text("A=new\nC=new\nD=new")
    env.read_env(tmp_path)

    values = [env.env_str(name) for name in ("A", "B", "C", "D")]
    assert values == ["new", "", "of the process", "of the environment"]
