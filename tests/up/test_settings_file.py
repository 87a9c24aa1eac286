"""Settings: a wrong one is refused with its place, what is wrong and what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from simpul.configuration import ConfigurationError, keys, load


def written(folder: Path, text: str) -> Path:
    path = folder / "simpul.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_without_file_and_environment_the_defaults_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load(environ={})
    assert (settings.server.listen, settings.bus.port, settings.instance.languages) == (
        "127.0.0.1:8000",
        4222,
        ("id", "en"),
    )
    assert settings.data.folder.is_absolute()


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, '[bus]\nport = 5000\n[instance]\nname = "Contoh"\nlanguages = ["en"]\n')
    settings = load(path, {"SIMPUL_BUS_PORT": "5001", "SIMPUL_SERVER_HOSTS": "a.example.org, b.example.org"})
    assert settings.bus.port == 5001
    assert settings.instance.name == "Contoh"
    assert settings.instance.languages == ("en",)
    assert settings.server.hosts == ("a.example.org", "b.example.org")


def test_the_file_named_in_the_environment_is_read_before_the_one_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    written(tmp_path, "[bus]\nport = 1000\n")
    other = written(tmp_path / "elsewhere", "[bus]\nport = 2000\n")
    monkeypatch.chdir(tmp_path)
    assert load(environ={}).bus.port == 1000
    assert load(environ={"SIMPUL_CONFIG": str(other)}).bus.port == 2000


def test_a_relative_data_folder_starts_at_the_file(tmp_path: Path) -> None:
    assert load(written(tmp_path, '[data]\nfolder = "d"\n'), {}).data.folder == tmp_path / "d"


def test_a_secret_is_read_from_its_file_and_not_shown(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("s3cret\n")
    settings = load(written(tmp_path, f'[bus]\ntoken_file = "{tmp_path}/token"\n'), {})
    assert settings.bus.token == "s3cret"
    assert "s3cret" not in repr(settings)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[bus]\nport = 70000\n", "[bus] port: 70000 is outside 1..65535. Write a number in that range"),
        ('[bus]\nport = "80"\n', "[bus] port: '80' is not a whole number. Write digits without quotes"),
        ("[bus]\nport = true\n", "[bus] port: True is not a whole number"),
        ("[bus]\nprot = 80\n", '[bus] prot: there is no such setting; did you mean "port"?'),
        ("[bux]\nport = 80\n", 'section [bux] is not known; did you mean "bus"?'),
        ("port = 80\n", "port stands outside any section"),
        ("bus = 80\n", "bus is a section. Write [bus] on a line"),
        ("[bus\n", "is not valid TOML"),
        ('[server]\nlisten = "8000"\n', '[server] listen: "8000" is no address. Write host:port'),
        ('[mail]\nsecurity = "ssl"\n', '[mail] security: "ssl" is not one of none, starttls, tls'),
        ('[instance]\ntimezone = "WIB"\n', 'time zone "WIB" is not known here. Write for example Asia/Jakarta'),
        ('[instance]\nlanguages = ["fr"]\n', "Simpul speaks id and en"),
        ('[instance]\npublic_url = "simpul"\n', '"simpul" is no web address'),
        ('[database]\nurl = "mysql://x/y"\n', "this is no PostgreSQL address"),
        ('[database]\nurl = "postgresql://x/y"\n[instance]\npublic_url = "http://x:99999"\n', "is no web address"),
        ('[database]\nurl = "postgresql://u@h:99999/n"\n', "[database] url: this is no PostgreSQL address"),
        ('[database]\nurl = "postgresql://u@h:many/n"\n', "[database] url: this is no PostgreSQL address"),
        ('[database]\nurl = "postgresql://u@[::1/n"\n', "[database] url: this is no PostgreSQL address"),
        ('[database]\nurl = "postgresql://u@h"\n', "[database] url: this is no PostgreSQL address"),
        ('[bus]\nurl = "nats://h:99999"\n', '[bus] url: "nats://h:99999" is no bus address'),
        ('[bus]\ntoken_file = "/no/such"\n', "[bus] token_file: /no/such: No such file or directory"),
        ('[bus]\ntoken = "a"\ntoken_file = "/b"\n', "token is set as well"),
    ],
)
def test_a_wrong_setting_is_named_with_its_remedy(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(written(tmp_path, text), {})
    assert message in str(caught.value)
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("SIMPUL_BUS_PORT", "many", "environment, SIMPUL_BUS_PORT: 'many' is not a whole number"),
        ("SIMPUL_BUS_PORTS", "1", 'environment, SIMPUL_BUS_PORTS: there is no such setting; did you mean "port"?'),
        ("SIMPUL_DATABASE_MIGRATE", "maybe", "SIMPUL_DATABASE_MIGRATE: 'maybe' is not true or false"),
        ("SIMPUL_CONFIG", "/no/simpul.toml", "/no/simpul.toml: there is no such file"),
        ("SIMPUL_DATA_FOLDER", "/" + "x" * 100, "has more than 90 bytes"),
    ],
)
def test_a_wrong_variable_is_named_with_its_remedy(name: str, value: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(environ={"SIMPUL_CONFIG": "/dev/null"} | {name: value})
    assert message in str(caught.value)


@pytest.mark.parametrize("text", ['[database]\nurl = "mysql://root:90125@db/x"\n', "[bus]\ntoken = 90125\n"])
def test_a_secret_never_stands_in_an_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(written(tmp_path, text), {})
    assert "90125" not in str(caught.value)


def test_every_key_says_what_it_means() -> None:
    rows = keys()
    assert {"bus.token", "bus.token_file", "data.folder", "server.listen"} <= {row.name for row in rows}
    assert [row.name for row in rows if len(row.doc) < 8] == []
