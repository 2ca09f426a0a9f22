"""Configurations that cannot be deployed: each is told clearly, and nothing is declared before."""

import zipfile
from pathlib import Path

import pytest

from payments import config
from payments.config import ConfigError
from recording import mocks
from recording.mocks import Recorded
from tests.conftest import configured


def refused(given: dict[str, str]) -> ConfigError:
    """The error, after a look that nothing was declared and nobody asked."""
    recorded = Recorded()
    with pytest.raises(ConfigError) as caught:
        mocks.record(given, recorded)
    assert recorded.resources == []
    assert recorded.calls == []
    assert recorded.outputs == {}
    return caught.value


def check(given: dict[str, str], *words: str) -> None:
    """One problem, which has these words and says what to write."""
    error = refused(given)
    assert len(error.problems) == 1, error
    for word in (*words, "Write: "):
        assert word in error.problems[0]


def test_a_missing_suffix(package: Path) -> None:
    """There is no default: two people's stacks would meet."""
    given = configured(package)
    del given["payment-webhooks:environment_suffix"]
    check(given, "environment_suffix is not set", "pulumi config set environment_suffix dev")


@pytest.mark.parametrize("suffix", ["Dev", "a_b", "-dev", "dev-", "d v", "dév", "a" * 33, "dev\nx", "dev/1", "*"])
def test_a_malformed_suffix(package: Path, suffix: str) -> None:
    """What some name of AWS could not hold, or IAM would take for another's."""
    check(configured(package, environment_suffix=suffix), "environment_suffix is not 1 to 32 lower-case letters")


@pytest.mark.parametrize("suffix", ["", "  "])
def test_an_empty_suffix_is_a_missing_one(package: Path, suffix: str) -> None:
    """Blanks are nothing."""
    check(configured(package, environment_suffix=suffix), "environment_suffix is not set")


@pytest.mark.parametrize("region", ["eu-west-1", "us-east-2", "us-east-1a"])
def test_another_region(package: Path, region: str) -> None:
    """The stack is for one region."""
    check(configured(package, aws__region=region), f"aws:region is '{region}'", "us-east-1 alone")


def test_the_right_region_may_be_said(package: Path) -> None:
    """As templates of Pulumi do."""
    assert mocks.record(configured(package, aws__region="us-east-1")).of(mocks.TABLE)


SECRETS = {
    "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw": "Stripe's signing secret",
    "sk_" + "live_4eC39HqLyjWDarjtT1zdp7dc": "a secret key of Stripe",
    "rk_" + "test_4eC39HqLyjWDarjtT1zdp7dc": "a secret key of Stripe",
    "access_token$production$abc$0123456789abcdef": "an access token of PayPal",
    "AKIA" + "IOSFODNN7EXAMPLE": "an access key of AWS",
    "-----BEGIN " + "RSA PRIVATE KEY-----\nMIIB": "a private key",
    "-----BEGIN " + "PRIVATE KEY-----": "a private key",
}


@pytest.mark.parametrize(("secret", "what"), SECRETS.items())
@pytest.mark.parametrize(
    "key",
    [
        "payment-webhooks:stripe_secret_name",
        "payment-webhooks:paypal_secret_name",
        "payment-webhooks:environment_suffix",
        "payment-webhooks:package",
        "payment-webhooks:endpoint_url",
        "aws:accessKey",
        "other:key",
    ],
)
def test_a_secret(package: Path, key: str, secret: str, what: str) -> None:
    """Wherever it is, it is told once, and never repeated: Pulumi's output is kept in logs of CI."""
    given = configured(package) | {key: secret}
    error = refused(given)
    told = [problem for problem in error.problems if f"looks like {what}" in problem and "Secrets Manager" in problem]
    assert [*error.problems] == told
    assert len(told) == 1
    assert secret not in str(error)
    assert secret[-12:] not in str(error)


def test_a_secret_under_a_key_of_its_own(package: Path) -> None:
    """Neither the key nor the value belongs there."""
    error = refused(configured(package, webhook_secret="whsec_" + "abcdefghijkl"))
    assert [problem.split(" ", 3)[1] for problem in error.problems] == ["looks", "is"]
    assert "whsec_" not in str(error)


def test_a_key_that_is_none(package: Path) -> None:
    """Misspelt, it would be a choice that is not made."""
    check(configured(package, architectur="x86_64"), "architectur is no option", "environment_suffix, architecture, package")


def test_keys_of_other_programs_are_none_of_ours(package: Path) -> None:
    """Pulumi's own namespaces may hold anything."""
    assert mocks.record(configured(package, pulumi__tags="{}", aws__profile="sandbox")).of(mocks.TABLE)


def test_another_architecture(package: Path) -> None:
    """AWS calls it otherwise than Linux does."""
    check(configured(package, architecture="aarch64"), "architecture is 'aarch64'", "arm64 and x86_64")


@pytest.mark.parametrize("name", ["a b", "secret:name", "arn:aws:secretsmanager:us-east-1:123456789012:secret:x-AbCdEf", "x" * 513, "é"])
def test_a_name_that_no_secret_has(package: Path, name: str) -> None:
    """An ARN among them."""
    check(configured(package, stripe_secret_name=name), "stripe_secret_name is no name of a secret")


@pytest.mark.parametrize(
    "url",
    [
        "127.0.0.1:4566",
        "ftp://127.0.0.1",
        "http://",
        "http://user:pass@127.0.0.1:4566",
        "http://127.0.0.1:x",
        "http://127.0.0.1:4566/path",
        "http://127.0.0.1:4566?a=b",
        "https://dynamodb.us-east-1.amazonaws.com",
        "http://[::1",
    ],
)
def test_an_endpoint_that_is_no_emulator(package: Path, url: str) -> None:
    """The value is not repeated: it may hold a password."""
    check(configured(package, endpoint_url=url), "endpoint_url is no address of an emulator")
    assert "pass" not in str(refused(configured(package, endpoint_url=url)))


@pytest.mark.parametrize("url", ["http://127.0.0.1:4566", "https://localstack.internal", "http://[::1]:4566/"])
def test_an_endpoint_that_may_be_one(package: Path, url: str) -> None:
    """On this machine or beside it."""
    assert mocks.record(configured(package, endpoint_url=url)).of(mocks.TABLE)


def test_adopt_table_is_true_or_false(package: Path) -> None:
    """`yes` would be read as no."""
    check(configured(package, adopt_table="yes"), "adopt_table is neither true nor false")


@pytest.mark.parametrize("architecture", ["arm64", "x86_64"])
def test_a_package_that_is_not_there(tmp_path: Path, architecture: str) -> None:
    """With what belongs there."""
    given = configured(tmp_path / "none.zip", architecture=architecture)
    check(given, "none.zip is not there", f"a zip file for {architecture} with handler.py in its root")


@pytest.mark.parametrize("architecture", ["arm64", "x86_64"])
def test_the_package_is_where_packaging_puts_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, architecture: str) -> None:
    """If none is configured: in `target/pulumi` of the checkout, by architecture, wherever the program is started."""
    project = tmp_path / "infra/pulumi"
    package = tmp_path / "target/pulumi" / f"{architecture}.zip"
    project.mkdir(parents=True)
    package.parent.mkdir(parents=True)
    with zipfile.ZipFile(package, "w") as file:
        file.writestr("handler.py", "")
    monkeypatch.setattr(config, "FOLDER", project)
    monkeypatch.chdir(tmp_path)
    given = configured(package, architecture=architecture)
    del given["payment-webhooks:package"]
    assert {one.inputs["code"].path for one in mocks.record(given).of(mocks.FUNCTION)} == {str(package)}


def test_a_package_of_something_else(tmp_path: Path) -> None:
    """A file that is no zip, and a zip without a handler."""
    text, zipped = tmp_path / "text.zip", tmp_path / "bootstrap.zip"
    text.write_text("handler.py")
    with zipfile.ZipFile(zipped, "w") as file:
        file.writestr("lib/handler.py", "")
    for package in (text, zipped):
        check(configured(package), f"{package.name} is no zip file with handler.py in its root")


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    """One round of mending."""
    given = configured(tmp_path, environment_suffix="Dev", architecture="arm", aws__region="eu-west-1", adopt_table="1")
    error = refused(given)
    assert len(error.problems) == 5
    assert str(error).startswith("The configuration of the stack recorded cannot be deployed, so nothing was declared.\n- ")


def test_nothing_set_at_all() -> None:
    """The first thing that anybody sees who forgets the configuration."""
    assert "environment_suffix is not set" in str(refused({}))


def test_the_committed_stack_can_be_deployed(package: Path) -> None:
    """`Pulumi.dev.yaml`, but for the package."""
    lines = (config.FOLDER / "Pulumi.dev.yaml").read_text().splitlines()
    assert lines[0] == "config:"
    given = dict(line.strip().split(": ") for line in lines[1:])
    assert mocks.record(given | {"payment-webhooks:package": str(package)}).outputs["table_name"] == "PaymentTransactions-dev"


def test_the_project_is_named_as_the_keys_are() -> None:
    """Pulumi puts the project's name in front of keys that are set without a namespace."""
    assert (config.FOLDER / "Pulumi.yaml").read_text().startswith("name: payment-webhooks\n")
