"""The provider that every resource is declared with: us-east-1, whatever the environment says."""

import pulumi_aws as aws

from payments.config import REGION, Settings


def provider(settings: Settings) -> aws.Provider:
    """AWS in us-east-1, or an emulator at one address.

    An emulator gets credentials that are none, so that real ones never reach it, and is not asked for what only AWS has.
    Credentials for AWS come from the environment or a profile, never from the configuration.
    """
    if settings.endpoint_url is None:
        return aws.Provider(REGION, region=REGION)
    url = settings.endpoint_url
    return aws.Provider(
        REGION,
        region=REGION,
        access_key="test",
        secret_key="test",  # noqa: S106 - what LocalStack and its kin take for account 000000000000
        # Only what the stack uses: a service that is not named here would go to AWS, and fail there for want of credentials.
        endpoints=[aws.ProviderEndpointArgs(dynamodb=url, iam=url, lambda_=url, logs=url, sts=url)],
        skip_credentials_validation=True,
        skip_metadata_api_check=True,
        skip_region_validation=True,
        skip_requesting_account_id=True,
    )
