"""Where Palette is, and how to get in."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import FrozenInstanceError

import pytest

from palette_sdk.client.settings import DEFAULT_HOST, LocalEndpoint, Settings, normal_url
from palette_sdk.errors import ConfigError

KEY = "hush-hush-key"


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("api.spectrocloud.com", "https://api.spectrocloud.com"),
        ("https://api.spectrocloud.com/", "https://api.spectrocloud.com"),
        ("HTTPS://Palette.Example.COM", "https://palette.example.com"),
        (" palette.example.com ", "https://palette.example.com"),
        ("palette.example.com:8443", "https://palette.example.com:8443"),
        ("10.1.2.3:8443", "https://10.1.2.3:8443"),
        ("localhost:8443", "https://localhost:8443"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("http://127.8.8.8:8080", "http://127.8.8.8:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("::1", "https://[::1]"),
        ("2001:db8::5", "https://[2001:db8::5]"),
        ("[2001:db8::5]:8443", "https://[2001:db8::5]:8443"),
    ],
)
def test_hosts_are_brought_into_one_form(host: str, url: str) -> None:
    """Host, host:port and URL are accepted; without a scheme it is https."""
    assert normal_url(host) == url


@pytest.mark.parametrize(
    ("host", "says"),
    [
        ("http://palette.example.com", "plain http"),
        ("http://10.0.0.1:8080", "plain http"),
        ("http://localhost.example.com", "plain http"),
        ("http://[2001:db8::5]:80", "plain http"),
        ("https://palette.example.com/api", "has a path"),
        ("palette.example.com/v1", "has a path"),
        ("https://palette.example.com?x=1", "has a path"),
        ("ftp://palette.example.com", "is not an address"),
        ("https://", "is not an address"),
        ("palette example.com", "is not an address"),
        ("palette.example.com:port", "is not an address"),
        ("palette.example.com:99999", "is not an address"),
        ("https://[::1", "is not an address"),
        ("loca", "did you mean `local`, the local control plane"),
        ("Local", "did you mean `local`"),
        ("locale", "A server of that name is written https://locale"),
    ],
)
def test_hosts_that_are_refused(host: str, says: str) -> None:
    """A path, plain http outside loopback, and what is no address are refused, and the message says which."""
    with pytest.raises(ConfigError, match=says):
        normal_url(host)


def test_password_in_the_host_is_refused_and_not_repeated() -> None:
    """Credentials in the host are refused without showing them."""
    with pytest.raises(ConfigError) as caught:
        normal_url("https://me:hush@palette.example.com")
    assert "hush" not in str(caught.value)


def test_defaults() -> None:
    """With a key alone, the service's own address, the project Default and ten retries hold."""
    settings = Settings.resolve({"apiKey": KEY}, {})
    assert (settings.url, settings.project, settings.retries) == (DEFAULT_HOST, "Default", 10)
    assert not settings.insecure_skip_verify


def test_environment_serves_where_config_is_silent() -> None:
    """Host, key and retries come from the environment, as with the Terraform provider."""
    env = {"SPECTROCLOUD_HOST": "a.example.com", "SPECTROCLOUD_APIKEY": KEY, "SPECTROCLOUD_RETRY_ATTEMPTS": "3"}
    settings = Settings.resolve({}, env)
    assert (settings.url, settings.api_key, settings.retries) == ("https://a.example.com", KEY, 3)


def test_stack_config_wins() -> None:
    """What the stack's config says wins over the environment."""
    config = {"host": "b.example.com", "apiKey": KEY, "retries": "0", "project": "Team A", "insecureSkipVerify": "true"}
    env = {"SPECTROCLOUD_HOST": "a.example.com", "SPECTROCLOUD_APIKEY": "other", "SPECTROCLOUD_RETRY_ATTEMPTS": "3"}
    settings = Settings.resolve(config, env)
    assert (settings.url, settings.api_key, settings.retries) == ("https://b.example.com", KEY, 0)
    assert (settings.project, settings.insecure_skip_verify) == ("Team A", True)


def test_missing_key_names_both_ways_to_set_it() -> None:
    """Without a key, the error names the config key and the variable."""
    with pytest.raises(ConfigError) as caught:
        Settings.resolve({"host": "a.example.com"}, {})
    assert "palette:apiKey" in str(caught.value)
    assert "SPECTROCLOUD_APIKEY" in str(caught.value)


@pytest.mark.parametrize("key", ["hush hush", "hush\n", "hushé", "hu\tsh"])
def test_odd_keys_are_refused_and_not_repeated(key: str) -> None:
    """A key with blanks, line ends or other odd characters is refused without showing it."""
    with pytest.raises(ConfigError, match="odd characters") as caught:
        Settings.to("a.example.com", key)
    assert "hu" not in str(caught.value).replace("characters; check how it was copied", "")


@pytest.mark.parametrize(
    "config", [{"retries": "many"}, {"retries": "-1"}, {"retries": "1000"}, {"insecureSkipVerify": "maybe"}]
)
def test_malformed_values_are_refused(config: dict[str, str]) -> None:
    """Retries that are no number from 0 to 100, and a flag that is neither true nor false, are refused."""
    with pytest.raises(ConfigError):
        Settings.resolve({"apiKey": KEY, **config}, {})


def test_local_takes_address_and_key_from_the_local_control_plane() -> None:
    """The host `local` is asked for address, key and certificate; the rest of the config still holds."""
    endpoint = LocalEndpoint("https://127.0.0.1:4321", KEY, ca_file="/some/ca.pem")
    settings = Settings.resolve({"host": "local", "project": "Team A"}, {}, local=lambda: endpoint)
    assert (settings.url, settings.api_key, settings.ca_file) == ("https://127.0.0.1:4321", KEY, "/some/ca.pem")
    assert settings.project == "Team A"


def test_local_is_not_asked_for_other_hosts() -> None:
    """Only the word `local` starts a control plane."""

    def never() -> LocalEndpoint:
        raise AssertionError

    assert Settings.resolve({"host": "http://127.0.0.1:1", "apiKey": KEY}, {}, local=never).is_loopback


def test_local_without_a_way_to_start_it() -> None:
    """Where nothing can start a control plane, `local` is refused."""
    with pytest.raises(ConfigError, match="local"):
        Settings.resolve({"host": "local"}, {})


def test_remote_hosts_get_half_of_what_the_service_allows() -> None:
    """A remote service sees 5 requests a second with bursts of 25, and a look each 10 s."""
    settings = Settings.to("a.example.com", KEY)
    assert (settings.rate_per_s, settings.burst) == (5.0, 25)
    assert [settings.interval_s(look) for look in (0, 1, 50)] == [10.0, 10.0, 10.0]


def test_loopback_is_not_limited_and_looked_at_often() -> None:
    """On loopback there is no rate limit, and looks start at 0.25 s and grow to 1 s."""
    settings = Settings.to("http://127.0.0.1:8080", KEY)
    assert settings.rate_per_s == float("inf")
    assert settings.interval_s(0) == 0.25
    assert settings.interval_s(1) > 0.25
    assert settings.interval_s(1000) == 1.0


def test_key_stays_out_of_reprs() -> None:
    """Neither settings nor a local endpoint show the key."""
    shown = repr(Settings.to("a.example.com", KEY)) + str(Settings.to("a.example.com", KEY))
    assert KEY not in shown + repr(LocalEndpoint("http://127.0.0.1:1", KEY))


def test_settings_do_not_change() -> None:
    """Settings are shared by threads and can't be written to."""
    with pytest.raises(FrozenInstanceError):
        Settings.to("a.example.com", KEY).retries = 1  # type: ignore[misc]


def test_imports_stay_light() -> None:
    """Settings and the client's class are imported without the HTTP library, pydantic or pulumi."""
    code = (
        "import sys; from palette_sdk.client.settings import Settings; from palette_sdk.client import Palette; "
        "Palette(Settings.to('a.example.com', 'k')).scoped(scope='tenant'); "
        "print([m for m in ('httpx2', 'pydantic', 'pulumi', 'ssl') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
