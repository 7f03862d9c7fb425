"""Where Palette is, how to get in, and how patient to be.

Reads no file and no environment by itself: both are passed in. The HTTP library is not imported here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

from palette_sdk.errors import ConfigError

DEFAULT_HOST = "https://api.spectrocloud.com"
DEFAULT_PROJECT = "Default"
DEFAULT_RETRIES = 10
UNLIMITED = float("inf")


@dataclass(frozen=True)
class LocalEndpoint:
    """Where a running local control plane answers.

    Args:
        url: its address, http or https, on loopback.
        api_key: its key.
        ca_file: the certificate to trust, for https; empty for the system's trust.
    """

    url: str
    api_key: str = field(repr=False)
    ca_file: str = ""


@dataclass(frozen=True)
class Settings:
    """Endpoint, key, project and patience of a client.

    Args:
        url: scheme, host and port of the service, without a trailing slash.
        api_key: the key; it never appears in a repr or an error.
        project: name of the project; `Default` unless told otherwise.
        insecure_skip_verify: accept any certificate.
        ca_file: a certificate file to trust instead of the system's.
        retries: how often a call is repeated after its first try.
        timeout_s: longest silence of the service during a call.
        connect_timeout_s: longest time to connect.
        connect_patience_s: how long nothing may listen at the address before that is told.
        rate_per_s: requests a second of this process; half of what the service allows, as program and provider are two.
        burst: requests that may go at once.
        poll_interval_s: time between two looks while waiting.
        poll_interval_max_s: what that time grows to.
        outage_s: how long a wait puts up with a service that doesn't answer.
        cache_s: how long lists are shared.
    """

    url: str
    api_key: str = field(repr=False)
    project: str = DEFAULT_PROJECT
    insecure_skip_verify: bool = False
    ca_file: str = ""
    retries: int = DEFAULT_RETRIES
    timeout_s: float = 30.0
    connect_timeout_s: float = 10.0
    connect_patience_s: float = 20.0
    rate_per_s: float = 5.0
    burst: int = 25
    poll_interval_s: float = 10.0
    poll_interval_max_s: float = 10.0
    outage_s: float = 300.0
    cache_s: float = 30.0

    @classmethod
    def to(cls, host: str, api_key: str, **changes: object) -> Settings:
        """Settings for `host` (host, host:port or URL), with the patience that fits it.

        Raises:
            ConfigError: the host is malformed, or plain http and not on loopback; the key is empty or has odd characters.
        """
        url = normal_url(host)
        _check_key(api_key)
        settings = cls(url=url, api_key=api_key)
        if settings.is_loopback:
            settings = replace(
                settings,
                connect_timeout_s=5.0,
                connect_patience_s=3.0,
                rate_per_s=UNLIMITED,
                poll_interval_s=0.25,
                poll_interval_max_s=1.0,
                outage_s=5.0,
            )
        return replace(settings, **changes)  # type: ignore[arg-type]

    @classmethod
    def resolve(
        cls,
        config: Mapping[str, str],
        env: Mapping[str, str],
        *,
        local: Callable[[], LocalEndpoint] | None = None,
    ) -> Settings:
        """Settings from stack config (`host`, `apiKey`, `project`, `insecureSkipVerify`, `retries`) and environment.

        Stack config wins over SPECTROCLOUD_HOST, SPECTROCLOUD_APIKEY and SPECTROCLOUD_RETRY_ATTEMPTS. The host
        `local` asks `local` for address and key; a key that is configured beside it is not used.

        Raises:
            ConfigError: something is missing, malformed or unsafe.
            LocalError: the local control plane can't be started (from `local`).
        """
        host = _first(config.get("host"), env.get("SPECTROCLOUD_HOST"), DEFAULT_HOST)
        changes: dict[str, object] = {
            "project": _first(config.get("project"), DEFAULT_PROJECT),
            "insecure_skip_verify": _flag(config.get("insecureSkipVerify", "")),
            "retries": _retries(config.get("retries", ""), env.get("SPECTROCLOUD_RETRY_ATTEMPTS", "")),
        }
        if host == "local":
            if local is None:
                raise ConfigError("palette:host is `local`, but nothing here can start a local control plane.")
            endpoint = local()
            return cls.to(endpoint.url, endpoint.api_key, ca_file=endpoint.ca_file, **changes)
        key = _first(config.get("apiKey"), env.get("SPECTROCLOUD_APIKEY"))
        if not key:
            raise ConfigError(
                f"no API key for {normal_url(host)}.\n"
                "  set it: pulumi config set --secret palette:apiKey KEY   or export SPECTROCLOUD_APIKEY=KEY"
            )
        return cls.to(host, key, **changes)

    @property
    def is_loopback(self) -> bool:
        """Whether the address never leaves this machine."""
        return _is_loopback(urlsplit(self.url).hostname or "")

    def interval_s(self, look: int) -> float:
        """Time to wait after the look with this number, counted from 0."""
        return min(self.poll_interval_s * 1.25 ** min(look, 50), self.poll_interval_max_s)


def normal_url(host: str) -> str:
    """Scheme, host and port of `host`; without a scheme it is https.

    Raises:
        ConfigError: it has a path, a query or credentials, a bad port, or is plain http and not on loopback.
    """
    text = host.strip()
    _refuse_near_miss(text)
    if "://" not in text:
        text = f"https://[{text}]" if _is_bare_ipv6(text) else f"https://{text}"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ConfigError(_malformed(host)) from None
    name = parts.hostname or ""
    if parts.username or parts.password:
        # The text may hold a password, so it is not repeated.
        raise ConfigError("palette:host must not hold a user or a password; the key goes to palette:apiKey.")
    if not name or any(char.isspace() for char in name) or parts.scheme not in {"http", "https"}:
        raise ConfigError(_malformed(host))
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ConfigError(f"palette:host {host!r} has a path; only host, host:port or https://host:port is allowed.")
    if parts.scheme == "http" and not _is_loopback(name):
        raise ConfigError(
            f"palette:host {host!r} is plain http: the API key would travel in clear. Use https:// "
            "(http is allowed on loopback only)."
        )
    shown = f"[{name}]" if ":" in name else name
    return f"{parts.scheme}://{shown}" + (f":{port}" if port is not None else "")


def _refuse_near_miss(text: str) -> None:
    """A bare word that looks like `local` was hardly meant as the name of a server."""
    from difflib import SequenceMatcher

    word = text.casefold()
    if word.isalpha() and word != "localhost" and SequenceMatcher(a=word, b="local").ratio() > 0.75:
        raise ConfigError(
            f"palette:host is {text!r}; did you mean `local`, the local control plane? "
            f"A server of that name is written https://{text}"
        )


def _malformed(host: str) -> str:
    return (
        f"palette:host {host!r} is not an address. Write host, host:port, https://host:port, or `local` for the "
        "local control plane."
    )


def _is_bare_ipv6(text: str) -> bool:
    try:
        return isinstance(ip_address(text), IPv6Address)
    except ValueError:
        return False


def _is_loopback(name: str) -> bool:
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def _check_key(key: str) -> None:
    # A line end in a header value would be refused deep inside, with the key in the message.
    if not key:
        raise ConfigError("the API key is empty: set palette:apiKey (as a secret) or SPECTROCLOUD_APIKEY.")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise ConfigError("the API key has blanks, line ends or other odd characters; check how it was copied.")


def _first(*values: str | None) -> str:
    return next((value.strip() for value in values if value and value.strip()), "")


def _flag(text: str) -> bool:
    word = str(text).strip().lower()
    if word in {"true", "1", "yes"}:
        return True
    if word in {"", "false", "0", "no"}:
        return False
    raise ConfigError(f"palette:insecureSkipVerify must be true or false, not {text!r}.")


def _retries(config: str, env: str) -> int:
    text = _first(str(config), env)
    if not text:
        return DEFAULT_RETRIES
    if not text.isdecimal() or int(text) > 100:
        raise ConfigError(
            f"the number of retries must be 0 to 100, not {text!r} (palette:retries or SPECTROCLOUD_RETRY_ATTEMPTS)."
        )
    return int(text)
