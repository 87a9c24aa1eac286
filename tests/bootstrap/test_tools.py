"""Programs beside Python: named with package and reason, installed by root only, and only for who needs them."""

from __future__ import annotations

import pytest

from .conftest import Clone

DEMO = {"ip": "iproute2", "unshare": "util-linux", "nft": "nftables", "ps": "procps"}
TEST = {
    "chromium": "chromium",
    "iperf3": "iperf3",
    "snmpwalk": "snmp",
    "node": "nodejs",
    "npm": "npm",
    "xgettext": "gettext",
}
# apt-get that knows its packages, tells their size, and "installs" nft.
APT = """
case "$*" in
  *" update") touch updated ;;
  *" -y "*) [ -e updated ] || exit 100; echo "$*" >> installed; printf '#!/bin/sh\\n' > {bin}/nft; chmod +x {bin}/nft ;;
  *--assume-no*) [ -e updated ] && echo "After this operation, 4,100 kB of additional disk space"; exit 1 ;;
esac
"""


@pytest.fixture
def bare(clone: Clone) -> Clone:
    """A clone on a computer that lacks nft only, with an apt-get that can install it."""
    for tool in DEMO:
        if tool != "nft":
            clone.program(tool)
    clone.program("apt-get", APT.format(bin=clone.programs))
    return clone


def installed(clone: Clone) -> str:
    """Return what apt-get was asked to install."""
    note = clone.elsewhere / "installed"
    return note.read_text() if note.exists() else ""


def test_an_ordinary_user_is_told_what_is_missing_and_why(bare: Clone) -> None:
    done = bare.run("demo")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "nftables      nft sorts the demo's traffic into classes" in done.stderr
    assert done.stderr.splitlines()[-1].strip() == (
        "apt-get update && apt-get install -y --no-install-recommends nftables"
    )
    assert installed(bare) == ""
    assert not bare.environment.exists()


def test_root_is_told_what_comes_and_how_much_before_it_is_installed(bare: Clone) -> None:
    bare.user("0")
    done = bare.run("demo", "--port", "8001")
    assert done.returncode == 0
    lines = done.stderr.splitlines()
    reason = next(i for i, line in enumerate(lines) if "nft sorts" in line)
    size = next(i for i, line in enumerate(lines) if "installs nftables (4,100 kB on disk)" in line)
    assert reason < size
    assert "install -y --no-install-recommends nftables" in installed(bare)


def test_no_apt_refuses_even_for_root(bare: Clone) -> None:
    bare.user("0")
    done = bare.run("demo", "--no-apt")
    assert done.returncode == 2
    assert "(--no-apt)" in done.stderr
    assert installed(bare) == ""


def test_no_apt_is_taken_out_and_handed_on_as_a_setting(bare: Clone) -> None:
    bare.program("nft")
    bare.write("src/simpul/__main__.py", "import os, sys; print(sys.argv[1:], os.environ['SIMPUL_NO_APT'])")
    assert bare.run("demo", "--no-apt", "--port", "1").stdout == "['demo', '--port', '1'] 1\n"


def test_who_needs_no_tools_is_not_asked_for_any(bare: Clone) -> None:
    for line in ("demo --no-lab", "demo --help", "doctor", "rollout status"):
        assert bare.run(*line.split()).returncode == 0, line


def test_an_apt_that_fails_ends_in_one_line_with_its_reason(bare: Clone) -> None:
    bare.user("0")
    bare.program("apt-get", "echo 'E: Could not get lock'; exit 100")
    done = bare.run("demo")
    assert done.returncode == 2
    assert "E: Could not get lock" in done.stderr.splitlines()[-1]


def test_where_there_is_no_apt_the_packages_are_named_all_the_same(bare: Clone) -> None:
    (bare.programs / "apt-get").unlink()
    done = bare.run("demo")
    assert done.returncode == 2
    assert "nftables" in done.stderr
    assert "own package tool" in done.stderr


def test_the_test_plan_has_a_longer_list_than_the_demo(bare: Clone) -> None:
    wanted = bare.run("test").stderr.splitlines()[-1].split("--no-install-recommends ")[1].split()
    assert wanted == ["nftables", *TEST.values()]


def test_the_long_plan_asks_for_a_postgresql_server_until_one_of_any_version_is_there(bare: Clone) -> None:
    bare.program("nft")
    for tool in TEST:
        bare.program(tool)
    asked = bare.run("test", "--long").stderr
    assert "postgresql    postgres keeps the tables" in asked
    assert asked.splitlines()[-1].endswith("--no-install-recommends postgresql")
    server = bare.place.parent / "postgresql" / "15" / "bin" / "postgres"
    server.parent.mkdir(parents=True)
    server.write_text("#!/bin/sh\n")
    server.chmod(0o755)
    bare.write("requirements/test.txt", (bare.place / "requirements/run.txt").read_text())
    bare.write("scripts/test-plan", "#!/bin/sh\necho plan\n")
    (bare.place / "scripts/test-plan").chmod(0o755)
    assert bare.run("test", "--long").stdout == "plan\n"


def test_the_test_plan_starts_from_an_environment_of_its_own(bare: Clone) -> None:
    for tool in (*DEMO, *TEST):
        bare.program(tool)
    bare.write("requirements/test.txt", (bare.place / "requirements/run.txt").read_text())
    bare.write("scripts/test-plan", '#!/bin/sh\necho "plan: $*"\nexit 7\n')
    (bare.place / "scripts/test-plan").chmod(0o755)
    done = bare.run("test", "-x", "-k", "two words")
    assert (done.returncode, done.stdout) == (7, "plan: -x -k two words\n")
    assert (bare.place / ".venv-test/simpul.stamp").exists()
    assert not bare.environment.exists()
