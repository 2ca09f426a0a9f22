//! What traffic costs on AWS: list prices as data (`prices/us-east-1.toml`), times what a webhook of this system takes. Before a test it is
//! told to whoever pays; the capacity report tells it of a month and of its busiest hour. Non-goals: free tiers, discounts, data transfer,
//! storage, and what the deployment costs by merely being there.

use serde::Deserialize;

const PRICES: &str = include_str!("../prices/us-east-1.toml");

/// Write units of a new record: the table, and both of its indexes.
const WRITES_A_RECORD: f64 = 3.0;
/// Attempts at an event that cannot be processed, as Lambda makes them.
const ATTEMPTS: f64 = 3.0;
/// Kilobytes that a strongly consistent read unit reads.
const READ_KB: f64 = 4.0;
/// Keys of a page of a bucket's listing.
const LISTED: f64 = 1000.0;

/// What is to be sent and read. Fractions are fine: it is an estimate.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Traffic {
    /// Deliveries that are new, genuine and fit to be processed.
    pub valid: f64,
    /// Deliveries of events that were sent before.
    pub duplicates: f64,
    /// Deliveries that a validator refuses.
    pub forged: f64,
    /// Deliveries that the gateway refuses.
    pub malformed: f64,
    /// Genuine deliveries that end in the dead-letter queue.
    pub poison: f64,
    /// Questions to the transactions API.
    pub queries: f64,
    /// Looks at all stores.
    pub looks: f64,
    /// Records that the table holds, which every look reads, those of this test not counted.
    pub records_before: f64,
}

/// One line of the bill.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// What is billed.
    pub what: &'static str,
    /// How much of it, in words.
    pub amount: String,
    /// US dollars.
    pub dollars: f64,
}

/// An estimate.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    /// The lines.
    pub lines: Vec<Line>,
    /// When the prices were looked up.
    pub date: String,
    /// The region that they are of.
    pub region: String,
}

/// Dated list prices, and what a webhook takes of what they are for.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Prices {
    date: String,
    region: String,
    per_million: PerMillion,
    api_request: Vec<Tier>,
    per_unit: PerUnit,
    pub(crate) estimated: Estimated,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct PerMillion {
    lambda_request: f64,
    write_unit: f64,
    read_unit: f64,
    put_request: f64,
    queue_request: f64,
    trace: f64,
}

/// A step of a price that falls with the amount.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Tier {
    #[serde(default = "without_end")]
    up_to_million: f64,
    price: f64,
}

const fn without_end() -> f64 {
    f64::INFINITY
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct PerUnit {
    lambda_gb_second: f64,
    log_gb: f64,
    write_capacity_hour: f64,
}

/// What one of each takes.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Estimated {
    pub(crate) validator_gb_seconds: f64,
    pub(crate) validator_memory_mb: f64,
    pub(crate) processor_gb_seconds: f64,
    pub(crate) processor_memory_mb: f64,
    pub(crate) query_gb_seconds: f64,
    pub(crate) query_memory_mb: f64,
    pub(crate) log_kb_per_webhook: f64,
    pub(crate) function_log_kb_per_webhook: f64,
    pub(crate) execution_log_kb_per_webhook: f64,
    pub(crate) record_kb: f64,
    pub(crate) processed_objects_per_webhook: f64,
    pub(crate) traced_share: f64,
}

/// What is wrong with a price file.
#[derive(Debug, thiserror::Error)]
pub enum PriceError {
    /// Not TOML, or not of this form.
    #[error("not a price file: {0}")]
    Form(#[from] toml::de::Error),
    /// A number that no price can be.
    #[error(
        "not a price file: the steps of api-request must rise, and end with one that has no `up-to-million`"
    )]
    Tiers,
}

/// Estimates what this traffic costs.
///
/// # Errors
/// The prices are not as they should be, which a test excludes.
pub fn estimate(traffic: &Traffic) -> Result<Estimate, PriceError> {
    Ok(Prices::standard()?.estimate(traffic))
}

impl Prices {
    /// The project's own.
    ///
    /// # Errors
    /// They are not as they should be, which a test excludes.
    pub fn standard() -> Result<Self, PriceError> {
        Self::parse(PRICES)
    }

    /// Prices of a file's text.
    ///
    /// # Errors
    /// The text is not of the form of `prices/us-east-1.toml`.
    pub fn parse(text: &str) -> Result<Self, PriceError> {
        let prices: Self = toml::from_str(text)?;
        let rising = prices.api_request.windows(2).all(|pair| pair[0].up_to_million < pair[1].up_to_million);
        let ends = prices.api_request.last().is_some_and(|last| last.up_to_million == f64::INFINITY);
        if rising && ends { Ok(prices) } else { Err(PriceError::Tiers) }
    }

    /// When they were looked up, `YYYY-MM-DD`.
    #[must_use]
    pub fn date(&self) -> &str {
        &self.date
    }

    /// What this traffic costs, all of it within one month.
    #[must_use]
    pub fn estimate(&self, traffic: &Traffic) -> Estimate {
        Estimate { lines: lines(self, traffic), date: self.date.clone(), region: self.region.clone() }
    }

    /// These prices for write units that are provisioned and used to this share, instead of on demand.
    pub(crate) fn provisioned(&self, utilisation: f64) -> Self {
        let mut prices = self.clone();
        prices.per_million.write_unit = self.per_unit.write_capacity_hour / 3_600.0 / utilisation * 1e6;
        prices
    }

    /// Dollars for so many requests to the API in a month.
    fn api_requests(&self, requests: f64) -> f64 {
        let mut from = 0.0;
        let mut dollars = 0.0;
        for tier in &self.api_request {
            let in_tier = (requests / 1e6).min(tier.up_to_million) - from;
            if in_tier <= 0.0 {
                break;
            }
            dollars += in_tier * tier.price;
            from = tier.up_to_million;
        }
        dollars
    }
}

fn lines(prices: &Prices, traffic: &Traffic) -> Vec<Line> {
    let Prices { per_million, per_unit, estimated, .. } = prices;
    let Traffic { valid, duplicates, forged, malformed, poison, queries, looks, records_before } = *traffic;
    let accepted = valid + duplicates + poison;
    let validated = accepted + forged;
    let webhooks = validated + malformed;
    let processed = valid + duplicates + poison * ATTEMPTS;
    let gb_seconds = validated * estimated.validator_gb_seconds
        + processed * estimated.processor_gb_seconds
        + queries * estimated.query_gb_seconds;
    let log_gb = (webhooks + queries) * estimated.log_kb_per_webhook / 1e6;
    // Half of what is sent is there at a look, on average; in the end all of it.
    let read_units = looks * (records_before + valid) * estimated.record_kb / READ_KB;
    let listings = looks * 2.0 * (records_before + valid) / LISTED;
    // A look receives each message and gives it back.
    let queue_requests = poison + looks * (1.0 + poison * 1.1);
    let million = |price: f64, count: f64| count * price / 1e6;
    let line = |what, amount, dollars| Line { what, amount, dollars };
    let requests = |count: f64, price: f64, what| {
        line(what, format!("{} requests", thousands(count)), million(price, count))
    };
    vec![
        line(
            "API Gateway",
            format!("{} requests", thousands(webhooks + queries)),
            prices.api_requests(webhooks + queries),
        ),
        line(
            "Lambda",
            format!(
                "{} requests, {} GB-s",
                thousands(validated + processed + queries),
                thousands(gb_seconds)
            ),
            million(per_million.lambda_request, validated + processed + queries)
                + gb_seconds * per_unit.lambda_gb_second,
        ),
        line(
            "DynamoDB writes",
            format!("{} units, both indexes included", thousands(valid * WRITES_A_RECORD + duplicates)),
            million(per_million.write_unit, valid * WRITES_A_RECORD + duplicates),
        ),
        requests(
            accepted + valid * estimated.processed_objects_per_webhook,
            per_million.put_request,
            "S3 PUT",
        ),
        requests(queue_requests, per_million.queue_request, "SQS"),
        line(
            "CloudWatch Logs",
            if log_gb < 1.0 {
                format!("{:.1} MB", log_gb * 1e3)
            } else {
                format!("{} GB", thousands(log_gb))
            },
            log_gb * per_unit.log_gb,
        ),
        line(
            "X-Ray",
            format!("{} traces", thousands((webhooks + queries) * estimated.traced_share)),
            million(per_million.trace, (webhooks + queries) * estimated.traced_share),
        ),
        line(
            "reading back",
            format!("{} read units, {} listings", thousands(read_units), thousands(listings)),
            million(per_million.read_unit, read_units) + million(per_million.put_request, listings),
        ),
    ]
}

impl Estimate {
    /// All of it, US dollars.
    #[must_use]
    pub fn dollars(&self) -> f64 {
        self.lines.iter().map(|line| line.dollars).sum()
    }

    /// As lines of text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text: String = self
            .lines
            .iter()
            .map(|line| format!("  {:<16} {:>9}   {}\n", line.what, dollars(line.dollars), line.amount))
            .collect();
        text.push_str(&format!(
            "  {:<16} {:>9}   an estimate: list prices of {} as of {}, first tier, no free tier",
            "together",
            dollars(self.dollars()),
            self.region,
            self.date
        ));
        text
    }
}

fn dollars(amount: f64) -> String {
    if amount > 0.0 && amount < 0.001 { "< 0.001 $".to_owned() } else { format!("{amount:.3} $") }
}

fn thousands(count: f64) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts of requests")]
    let count = count.ceil().max(0.0) as u64;
    crate::figures::count(count)
}

#[cfg(test)]
mod tests;
