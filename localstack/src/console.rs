//! Everything this program prints. Standard output carries the one JSON object and nothing else.

use std::io::Write as _;

use localstack::Ready;

/// Prints the JSON object for programs, and hints for people.
pub(crate) fn announce(ready: &Ready, secrets_generated: bool) {
    let mut stdout = std::io::stdout().lock();
    // A reader that went away (a closed pipe) is no reason to stop.
    if let Ok(json) = serde_json::to_string(ready) {
        let _ = writeln!(stdout, "{json}");
        let _ = stdout.flush();
    }
    drop(stdout);
    say(&hints(ready, secrets_generated));
}

/// A line for people.
pub(crate) fn say(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// An error.
pub(crate) fn complain(text: &str) {
    say(&format!("localstack: {text}"));
}

fn hints(ready: &Ready, secrets_generated: bool) -> String {
    let Ready { api_base_url, endpoints, region, table, raw_bucket, dlq_url, .. } = ready;
    let secret = ready.secrets.get("stripe").map_or("webhook-processor/stripe/secret", String::as_str);
    let about_secrets = if secrets_generated {
        "\nSecrets were made up for this run; read one to sign webhooks with it:"
    } else {
        "\nRead a secret, or rotate it with put-secret-value:"
    };
    let queries = queries(ready);
    let ipn = ipn_hint(ready);
    format!(
        "\
The webhook system is up.

  Webhooks      {api_base_url}/api/v1/webhooks/{{stripe|paypal|square}}
  Transactions  {api_base_url}/api/v1/transactions
  Logs          {}
{queries}{about_secrets}

  export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_REGION={region} AWS_DEFAULT_REGION={region}
  aws --endpoint-url {} secretsmanager get-secret-value --secret-id {secret}

Look into the stores:

  aws --endpoint-url {} dynamodb scan --table-name {table}
  aws --endpoint-url {} s3api list-objects-v2 --bucket {raw_bucket}
  aws --endpoint-url {} sqs receive-message --message-attribute-names All --queue-url {dlq_url}
  aws --endpoint-url {} lambda list-functions

Follow a webhook through the system:

  aws --endpoint-url {} xray get-trace-summaries --start-time $(($(date +%s) - 300)) --end-time $(date +%s) \\
      --filter-expression 'annotation.provider = \"stripe\"'

{ipn}
Ctrl-C stops everything.",
        ready.log_dir.display(),
        endpoints.secretsmanager,
        endpoints.dynamodb,
        endpoints.s3,
        endpoints.sqs,
        endpoints.lambda,
        endpoints.xray.as_deref().unwrap_or_default(),
    )
}

/// A query that works when it is pasted. Its parameters are sorted, because older curls sign a query as it
/// stands.
fn queries(ready: &Ready) -> String {
    let Some(auth) = &ready.query_auth else {
        return String::new();
    };
    format!(
        "
Ask what is known, signed as API Gateway's IAM authorization wants it:

  curl --aws-sigv4 \"aws:amz:{}:{}\" --user {}:{} \"{}/api/v1/transactions?limit=10&provider=stripe\"
",
        auth.region, auth.service, auth.access_key_id, auth.secret_access_key, ready.api_base_url
    )
}

/// A notification to try, in PayPal's older format. It is taken in any case; a record is made of it only if PayPal (or what
/// stands in for it) says that it sent these bytes.
fn ipn_hint(ready: &Ready) -> String {
    let Some(receiver) = ready.paypal_receivers.first() else { return String::new() };
    // The only characters of an address or an id that a form must escape.
    let receiver = receiver.replace('%', "%25").replace('+', "%2B").replace('&', "%26").replace('@', "%40");
    format!(
        "
PayPal IPN goes to the same address as a form; PayPal (or --paypal-endpoint) is asked whether it sent it:

  curl -i {}/api/v1/webhooks/paypal --data 'txn_id=61E67681CH3238416&payment_status=Completed&mc_gross=19.95&mc_currency=USD&payment_date=20%3A12%3A59+Jan+13%2C+2026+PST&receiver_email={receiver}&txn_type=web_accept&charset=windows-1252'
",
        ready.api_base_url
    )
}
