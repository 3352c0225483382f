"""A bare Debian that boots with systemd, in namespaces of its own. Needs root on Linux."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

PROGRAMS = ("debootstrap", "systemd-nspawn", "nsenter", "ip", "iptables")
MIRROR = "http://deb.debian.org/debian"
INSIDE, OUTSIDE = "10.213.77.2", "10.213.77.1"
OUT = ("-s", f"{INSIDE}/32", "!", "-d", f"{INSIDE}/32", "-j", "MASQUERADE")
FORWARD = (("-s", INSIDE, "-j", "ACCEPT"), ("-d", INSIDE, "-j", "ACCEPT"))


def why_not() -> str:
    """Why there can be none here; empty if there can."""
    missing = [program for program in PROGRAMS if not shutil.which(program)]
    if missing:
        return f"{', '.join(missing)} not here: apt install debootstrap systemd-container iptables"
    return "" if os.geteuid() == 0 else "root alone can boot one"


class Machine:
    """Boots when entered, with `repository` in /repository; `run` is a shell of its root."""

    def __init__(self, folder: Path, repository: Path, suite: str = "trixie") -> None:
        self.tree, self.repository = folder / "debian", repository
        self.name = f"wanstudio-{os.getpid()}"
        if not self.tree.exists():
            call("debootstrap", "--include=dbus,iproute2", suite, str(self.tree), MIRROR)

    def __enter__(self) -> Machine:
        self.connect()
        self.process = subprocess.Popen(
            ["systemd-nspawn", "--quiet", f"--directory={self.tree}", f"--machine={self.name}",
             "--register=no", "--keep-unit", "--console=pipe", "--resolv-conf=copy-host",
             f"--network-namespace-path=/run/netns/{self.name}",
             f"--bind-ro={self.repository}:/repository", *self.certificates(), "--boot"],
            env={**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.init = self.wait_for_systemd()
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(timeout=120)
        call("ip", "netns", "delete", self.name)
        call("iptables", "-t", "nat", "-D", "POSTROUTING", *OUT)
        for rule in FORWARD:
            call("iptables", "-D", "FORWARD", *rule)

    def connect(self) -> None:
        """A network of its own, from which the outside is reached and not the other way."""
        for command in (
            f"ip netns add {self.name}",
            f"ip link add wan-out type veth peer name wan-in netns {self.name}",
            f"ip address add {OUTSIDE}/30 dev wan-out",
            "ip link set wan-out up",
            f"ip -n {self.name} address add {INSIDE}/30 dev wan-in",
            f"ip -n {self.name} link set wan-in up",
            f"ip -n {self.name} link set lo up",
            f"ip -n {self.name} route add default via {OUTSIDE}",
            "sysctl -q -w net.ipv4.ip_forward=1",
            f"iptables -t nat -A POSTROUTING {' '.join(OUT)}",
            *(f"iptables -I FORWARD {' '.join(rule)}" for rule in FORWARD),
        ):
            call(*command.split())

    def certificates(self) -> list[str]:
        """A package index may want an authority of this machine's own."""
        path = os.environ.get("PIP_CERT")
        return [f"--bind-ro={path}:/pip-cert.pem"] if path else []

    def wait_for_systemd(self) -> str:
        """The number of its first process, once everything that starts by itself has started."""
        for _ in range(120):
            children = subprocess.run(
                ["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True
            ).stdout.split()
            if children:
                self.init = children[0]
                if self.run("systemctl is-system-running", check=False).strip() in STARTED:
                    return self.init
            time.sleep(0.5)
        raise AssertionError("systemd does not start")

    def run(self, script: str, *, check: bool = True) -> str:
        """What bash printed; it ends at the first command that fails."""
        path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        environment = [path, "HOME=/root", "DEBIAN_FRONTEND=noninteractive"]
        if self.certificates():
            environment.append("PIP_CERT=/pip-cert.pem")
        done = subprocess.run(
            ["nsenter", "-t", self.init, "-m", "-u", "-i", "-n", "-p", "-C", "-r", "-w",
             "env", "-i", *environment, "bash", "-euo", "pipefail"],
            input=script, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert not check or done.returncode == 0, f"{script}\n{done.stdout[-5000:]}"
        return done.stdout


STARTED = {"running", "degraded"}


def call(*command: str) -> None:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stdout[-3000:]}"


def commands(page: str) -> str:
    """All that stands in blocks of shell on a page."""
    return "\n".join(re.findall(r"^```sh\n(.*?)^```", page, re.MULTILINE | re.DOTALL))
