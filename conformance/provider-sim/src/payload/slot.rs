//! The holes of the templates, and what goes into them.

use crate::money::push_number;
use crate::payload::Scene;
use crate::provider::Provider;
use crate::rfc3339::{self, Precision};

/// Declares the slots with the names the template files use.
macro_rules! slots {
    ($($variant:ident = $name:literal,)*) => {
        /// A hole in a template.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Slot {
            $(#[doc = concat!("`", $name, "`")] $variant,)*
            /// `r` and a number: so many random characters of base 62.
            Random(usize),
            /// `R` and a number: so many random characters of base 36.
            RandomUpper(usize),
        }

        impl Slot {
            /// The slot of this name.
            pub(crate) fn named(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)*
                    _ => Self::random(name),
                }
            }
        }
    };
}

slots! {
    EventId = "event_id",
    PaymentId = "payment_id",
    SecondId = "second_id",
    ObjectId = "object_id",
    DataId = "data_id",
    MerchantId = "merchant_id",
    LocationId = "location_id",
    Location = "location",
    Unix = "unix",
    UnixEarlier = "unix_earlier",
    Time = "time",
    TimeEarlier = "time_earlier",
    TimeLater = "time_later",
    Amount = "amount",
    Decimal = "decimal",
    Part = "part",
    FullyRefunded = "fully_refunded",
    PartDecimal = "part_decimal",
    Code = "code",
    Lower = "lower",
    Customer = "customer",
    CustomerId = "customer_id",
    SquareCustomer = "square_customer",
    Intent = "intent",
    ApiVersion = "api_version",
    Request = "request",
    Livemode = "livemode",
    Pending = "pending",
    Summary = "summary",
    Invoice = "invoice",
    EventLinks = "event_links",
    FirstName = "first_name",
    LastName = "last_name",
    Email = "email",
    Street = "street",
    House = "house",
    City = "city",
    PostalCode = "postal_code",
    Country = "country",
    Last4 = "last4",
    Brand = "brand",
    BrandUpper = "brand_upper",
    ExpMonth = "exp_month",
    ExpYear = "exp_year",
    Note = "note",
    Number = "number",
}

/// Free text as shops and buyers write it; some of it needs escapes or more than ASCII.
const NOTES: [&str; 8] = [
    "Order from the winter catalogue",
    "2 \\u00d7 wool socks, size 42",
    "Thanks! Please leave it at the back door",
    "Geschenk f\u{fc}r Oma",
    "He said \\\"keep the change\\\"",
    "\u{6ce8}\u{6587}\u{756a}\u{53f7} 7",
    "Refill \\/ monthly box",
    "Caf\u{e9} cr\u{e8}me, 3\\u20ac tip",
];

impl Slot {
    fn random(name: &str) -> Option<Self> {
        let (kind, len) = name.split_at_checked(1)?;
        let len = len.parse().ok().filter(|len| *len <= 30)?;
        match kind {
            "r" => Some(Self::Random(len)),
            "R" => Some(Self::RandomUpper(len)),
            _ => None,
        }
    }

    /// Writes the value for this scene.
    pub(crate) fn fill(self, scene: &Scene<'_>, out: &mut Vec<u8>) {
        let payment = scene.payment;
        let persona = &payment.persona;
        match self {
            Self::EventId => text(out, scene.event_id),
            Self::PaymentId => text(out, &payment.id),
            Self::SecondId => text(out, &payment.second_id),
            Self::ObjectId => text(out, scene.object_id),
            // Square's envelope sometimes names another object than the one inside.
            Self::DataId => {
                text(out, if scene.flags.is_multiple_of(8) { &scene.token[..22] } else { &payment.id })
            }
            Self::MerchantId => text(out, scene.merchant_id),
            Self::LocationId => text(out, scene.location_id),
            Self::Unix => push_number(out, scene.created_ms.div_euclid(1000).unsigned_abs()),
            Self::UnixEarlier => push_number(out, (scene.created_ms.div_euclid(1000) - 2).unsigned_abs()),
            Self::Time => rfc3339::push(out, scene.created_ms, precision(scene)),
            Self::TimeEarlier => rfc3339::push(out, scene.created_ms - 2_345, precision(scene)),
            Self::TimeLater => rfc3339::push(out, scene.created_ms + 604_800_000, precision(scene)),
            Self::Amount => push_number(out, payment.money.minor),
            Self::Decimal => decimal(out, scene, payment.money),
            Self::Part => push_number(out, scene.part.minor),
            Self::FullyRefunded => text(out, if scene.part == payment.money { "true" } else { "false" }),
            Self::PartDecimal => decimal(out, scene, scene.part),
            Self::Code => text(out, payment.money.currency.code),
            Self::Lower => text(out, payment.money.currency.lower),
            Self::CustomerId => text(out, &payment.customer_id),
            Self::FirstName => text(out, persona.first),
            Self::LastName => text(out, persona.last),
            Self::Email => persona.push_email(out),
            Self::Street => text(out, persona.street),
            Self::House => push_number(out, persona.house()),
            Self::City => text(out, persona.city),
            Self::PostalCode => text(out, persona.postal_code),
            Self::Country => text(out, persona.country),
            Self::Last4 => four_digits(out, persona.last4()),
            Self::Brand => text(out, persona.brand.0),
            Self::BrandUpper => text(out, persona.brand.1),
            Self::ExpMonth => push_number(out, persona.exp_month()),
            Self::ExpYear => push_number(out, persona.exp_year()),
            Self::Note => text(out, NOTES[(payment.flags >> 40) as usize % NOTES.len()]),
            Self::Number => push_number(out, payment.number),
            Self::Random(len) => text(out, &scene.token[..len]),
            Self::RandomUpper(len) => text(out, &scene.upper_token[..len]),
            _ => self.fill_optional(scene, out),
        }
    }

    /// Values that are JSON themselves, or may be missing together with their name.
    fn fill_optional(self, scene: &Scene<'_>, out: &mut Vec<u8>) {
        let (payment, flags) = (scene.payment, scene.flags);
        match self {
            Self::Customer => customer(out, scene),
            Self::SquareCustomer if payment.flags % 3 > 0 => {
                quoted(out, "\"customer_id\":\"", &payment.customer_id, "\",");
            }
            Self::Location if flags % 4 > 0 => quoted(out, "\"location_id\":\"", scene.location_id, "\","),
            Self::Intent if payment.has_intent() => quoted(out, "\"", &payment.id, "\""),
            Self::ApiVersion if flags % 10 > 0 => text(out, "\"2025-10-29.clover\""),
            Self::Request if flags % 5 > 0 => {
                quoted(out, "{\n    \"id\": \"req_", &scene.token[..14], "\",\n    \"idempotency_key\": \"");
                quoted(out, "", &scene.token[6..30], "\"\n  }");
            }
            Self::Intent | Self::ApiVersion | Self::Request => text(out, "null"),
            Self::Livemode => text(out, "true"),
            Self::Pending => push_number(out, 1 + (flags >> 8) % 3),
            Self::Summary if flags % 10 > 0 => {
                text(out, "\"summary\":\"An event of $ ");
                decimal(out, scene, payment.money);
                quoted(out, " ", payment.money.currency.code, "\",");
            }
            Self::Invoice if payment.flags % 2 > 0 => {
                text(out, "\"invoice_id\":\"INV-");
                push_number(out, payment.number);
                text(out, "\",");
            }
            Self::EventLinks if flags % 12 > 0 => event_links(out, scene.event_id),
            _ => {}
        }
    }
}

/// Stripe's customer: mostly an id, often null, now and then the whole object (an expanded field).
fn customer(out: &mut Vec<u8>, scene: &Scene<'_>) {
    let payment = scene.payment;
    match payment.flags % 10 {
        0..=2 => text(out, "null"),
        3 => {
            quoted(
                out,
                "{\n        \"id\": \"",
                &payment.customer_id,
                "\",\n        \"object\": \"customer\",",
            );
            text(out, "\n        \"email\": \"");
            payment.persona.push_email(out);
            text(out, "\",\n        \"livemode\": true\n      }");
        }
        _ => quoted(out, "\"", &payment.customer_id, "\""),
    }
}

/// PayPal's links of an event to itself.
fn event_links(out: &mut Vec<u8>, event_id: &str) {
    const BASE: &str = "https://api.paypal.com/v1/notifications/webhooks-events/";
    text(out, ",\"links\":[{\"href\":\"");
    quoted(out, BASE, event_id, "\",\"rel\":\"self\",\"method\":\"GET\"},{\"href\":\"");
    quoted(out, BASE, event_id, "/resend\",\"rel\":\"resend\",\"method\":\"POST\"}]");
}

/// A decimal amount. PayPal's currencies without decimals sometimes come with zeros all the same.
fn decimal(out: &mut Vec<u8>, scene: &Scene<'_>, money: crate::money::Money) {
    money.push_decimal(out);
    if money.currency.decimals == 0 && scene.payment.flags.is_multiple_of(5) {
        text(out, ".00");
    }
}

/// PayPal writes seconds or milliseconds, Square milliseconds or more.
const fn precision(scene: &Scene<'_>) -> Precision {
    match (scene.provider, scene.flags % 3) {
        (Provider::Stripe, _) | (Provider::Paypal, 1..) => Precision::Seconds,
        (Provider::Paypal, 0) | (Provider::Square, 1..) => Precision::Millis,
        (Provider::Square, 0) => Precision::Nanos,
    }
}

fn text(out: &mut Vec<u8>, value: &str) {
    out.extend_from_slice(value.as_bytes());
}

fn quoted(out: &mut Vec<u8>, before: &str, value: &str, after: &str) {
    text(out, before);
    text(out, value);
    text(out, after);
}

fn four_digits(out: &mut Vec<u8>, value: u64) {
    out.extend([1000, 100, 10, 1].map(|place| b'0' + (value / place % 10) as u8));
}
