//! The fields of each kind of notification, in the order in which PayPal writes them.

use super::Kind;
use super::factory::Payment;
use super::form::Form;
use super::pacific::payment_date;
use crate::money::Money;

/// Everything one notification is made of.
pub(super) struct Scene<'a> {
    pub(super) kind: Kind,
    pub(super) payment: &'a Payment,
    /// The notification's own `txn_id`.
    pub(super) own_id: &'a str,
    pub(super) case_id: &'a str,
    pub(super) merchant_email: &'a str,
    pub(super) merchant_id: &'a str,
    /// Refunded, reversed or adjusted part of the amount.
    pub(super) part: Money,
    pub(super) created_ms: i64,
    pub(super) verify_sign: &'a str,
    pub(super) track_id: &'a str,
}

impl Scene<'_> {
    /// `I-…`, of a subscription or of a recurring payment.
    pub(super) fn subscription_id(&self) -> String {
        format!("I-{}", &self.payment.id[..12])
    }

    fn flag(&self, bit: u32) -> bool {
        self.payment.flags >> bit & 1 == 1
    }

    fn date(&self) -> String {
        payment_date(self.created_ms)
    }

    fn is_dollars(&self) -> bool {
        self.payment.money.currency.code == "USD"
    }

    fn signature(&self, form: &mut Form) {
        form.add("verify_sign", self.verify_sign);
    }

    fn end(&self, form: &mut Form) {
        form.add("ipn_track_id", self.track_id);
    }
}

/// The form.
pub(super) fn body(scene: &Scene<'_>) -> Vec<u8> {
    let mut form = Form::default();
    match scene.kind {
        Kind::NewCase => case(scene, &mut form),
        Kind::MassPay | Kind::MassPayDenied => mass_payment(scene, &mut form),
        Kind::SubscriptionSignup => subscription(scene, &mut form),
        Kind::RecurringProfileCreated => recurring_profile(scene, &mut form),
        _ => payment(scene, &mut form),
    }
    form.finish()
}

/// A decimal in the major unit, with a minus where money leaves the merchant.
fn decimal(money: Money, negative: bool) -> Vec<u8> {
    let mut text = if negative { vec![b'-'] } else { Vec::new() };
    money.push_decimal(&mut text);
    text
}

/// PayPal's fee: 2.9 % and 30 cents (or their like), never more than the amount.
fn fee(money: Money) -> Money {
    let fixed = if money.currency.decimals == 0 { 40 } else { 30 };
    Money { minor: (money.minor * 29 / 1000 + fixed).min(money.minor), ..money }
}

fn payment(scene: &Scene<'_>, form: &mut Form) {
    let Scene { kind, payment, .. } = *scene;
    let person = &payment.person;
    let back = matches!(kind, Kind::Refunded | Kind::Reversed | Kind::Adjustment);
    let gross = if kind.is_child() { scene.part } else { payment.money };
    let has_fee = matches!(kind, Kind::Completed) || kind.is_child();
    let settled = matches!(kind, Kind::Completed);
    let shipped = scene.flag(0);
    let cart = scene.flag(1);

    form.add("mc_gross", decimal(gross, back));
    if settled {
        form.add("protection_eligibility", if shipped { "Eligible" } else { "Ineligible" });
    }
    if matches!(kind, Kind::Authorized | Kind::Voided | Kind::Expired) {
        form.add("auth_id", scene.own_id);
        form.add("auth_exp", payment_date(scene.created_ms + 29 * 86_400_000));
        form.add("auth_amount", decimal(payment.money, false));
        form.add("auth_status", kind.payment_status().unwrap_or_default());
    }
    if shipped {
        form.add("address_status", if scene.flag(2) { "confirmed" } else { "unconfirmed" });
    }
    form.add("payer_id", &payment.payer_id);
    if shipped {
        form.add("address_street", &person.street);
    }
    form.add("payment_date", scene.date());
    if let Some(status) = kind.payment_status() {
        form.add("payment_status", status);
    }
    form.add("charset", payment.charset.name());
    if shipped {
        form.add("address_zip", person.zip);
    }
    form.add("first_name", &person.first);
    if has_fee {
        form.add("mc_fee", decimal(fee(gross), back));
    }
    if shipped {
        form.add("address_country_code", person.country_code);
        form.add("address_name", [&person.first[..], b" ", &person.last[..]].concat());
    }
    form.add("notify_version", "3.9");
    if let Some(reason) = reason(kind) {
        form.add("reason_code", reason);
    }
    form.add("custom", format!("order-{:06}", payment.number));
    form.add("payer_status", if scene.flag(3) { "verified" } else { "unverified" });
    form.add("business", scene.merchant_email);
    if shipped {
        form.add("address_country", person.country);
        form.add("address_city", &person.city);
    }
    if !cart {
        form.add("quantity", "1");
    }
    scene.signature(form);
    form.add("payer_email", person.email);
    if kind.is_child() {
        form.add("parent_txn_id", &payment.id);
    }
    if kind == Kind::Adjustment {
        form.add("case_id", scene.case_id);
        form.add("case_type", "chargeback");
    }
    form.add("txn_id", scene.own_id);
    form.add("payment_type", if matches!(kind, Kind::Failed | Kind::Denied) { "echeck" } else { "instant" });
    form.add("last_name", &person.last);
    if shipped {
        form.add("address_state", &person.state);
    }
    form.add("receiver_email", scene.merchant_email);
    if scene.is_dollars() && has_fee {
        form.add("payment_fee", decimal(fee(gross), back));
    }
    form.add("shipping_discount", "0.00");
    form.add("receiver_id", scene.merchant_id);
    if let Some(reason) = pending_reason(scene) {
        form.add("pending_reason", reason);
    }
    // Refunds and reversals often come without one.
    if kind == Kind::Adjustment {
        form.add("txn_type", "adjustment");
    } else if !kind.is_child() || scene.flag(4) {
        form.add("txn_type", if cart { "cart" } else { "web_accept" });
    }
    if cart {
        form.add("num_cart_items", "1");
        form.add("item_name1", &person.item);
        form.add("item_number1", format!("SKU-{}", payment.number % 1000));
        form.add("quantity1", "1");
        form.add("mc_gross_1", decimal(payment.money, false));
        form.add("mc_shipping1", "0.00");
    } else {
        form.add("item_name", &person.item);
        form.add("item_number", "");
    }
    form.add("discount", "0.00");
    form.add("mc_currency", payment.money.currency.code);
    form.add("residence_country", person.country_code);
    form.add("shipping_method", "Default");
    form.add("handling_amount", "0.00");
    form.add("insurance_amount", "0.00");
    form.add("shipping", "0.00");
    form.add("payer_business_name", "");
    form.add("invoice", format!("INV-2026-{:06}", payment.number));
    form.add("transaction_subject", "");
    form.add("tax", "0.00");
    if scene.is_dollars() {
        form.add("payment_gross", decimal(gross, back));
    } else {
        form.add("payment_gross", "");
    }
    scene.end(form);
}

const fn reason(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Refunded => Some("refund"),
        Kind::Reversed | Kind::CanceledReversal => Some("chargeback"),
        Kind::Adjustment => Some("chargeback_settlement"),
        _ => None,
    }
}

fn pending_reason(scene: &Scene<'_>) -> Option<&'static str> {
    match scene.kind {
        Kind::Authorized => Some("authorization"),
        Kind::Pending => Some(match scene.payment.flags >> 5 & 3 {
            0 => "echeck",
            1 => "paymentreview",
            2 => "multi_currency",
            _ => "unilateral",
        }),
        _ => None,
    }
}

/// A case says little of the payment: its id, and who is who. Some name the payment as the parent too.
fn case(scene: &Scene<'_>, form: &mut Form) {
    let Scene { payment, .. } = *scene;
    form.add("txn_type", "new_case");
    form.add("payment_date", payment_date(scene.created_ms - 3 * 86_400_000));
    form.add("case_id", scene.case_id);
    form.add("case_type", if scene.flag(5) { "chargeback" } else { "complaint" });
    form.add("case_creation_date", scene.date());
    form.add("reason_code", if scene.flag(6) { "non_receipt" } else { "not_as_described" });
    form.add("buyer_additional_information", &payment.person.item);
    form.add("business", scene.merchant_email);
    form.add("receiver_id", scene.merchant_id);
    if scene.flag(7) {
        form.add("receiver_email", scene.merchant_email);
    }
    form.add("payer_id", &payment.payer_id);
    form.add("payer_email", payment.person.email);
    form.add("first_name", &payment.person.first);
    form.add("last_name", &payment.person.last);
    if scene.flag(8) {
        form.add("parent_txn_id", &payment.id);
    }
    form.add("txn_id", scene.own_id);
    form.add("custom", format!("order-{:06}", payment.number));
    form.add("invoice", format!("INV-2026-{:06}", payment.number));
    form.add("item_name", &payment.person.item);
    form.add("item_number", format!("SKU-{}", payment.number % 1000));
    form.add("mc_currency", payment.money.currency.code);
    form.add("residence_country", payment.person.country_code);
    form.add("charset", payment.charset.name());
    form.add("notify_version", "3.9");
    scene.signature(form);
    scene.end(form);
}

/// The merchant is the payer here, and the receivers have a number each.
fn mass_payment(scene: &Scene<'_>, form: &mut Form) {
    let Scene { kind, payment, .. } = *scene;
    let denied = kind == Kind::MassPayDenied;
    form.add("payer_id", scene.merchant_id);
    form.add("payment_date", scene.date());
    if scene.is_dollars() {
        form.add("payment_gross_1", decimal(payment.money, false));
    } else {
        form.add("payment_gross_1", "");
    }
    form.add("payment_status", kind.payment_status().unwrap_or_default());
    form.add("receiver_email_1", payment.person.email);
    form.add("charset", payment.charset.name());
    form.add("mc_currency_1", payment.money.currency.code);
    form.add("masspay_txn_id_1", &payment.id);
    form.add("mc_fee_1", decimal(fee(payment.money), false));
    form.add("notify_version", "3.9");
    form.add("payer_status", "verified");
    scene.signature(form);
    form.add("payer_email", scene.merchant_email);
    form.add("payer_business_name", "Example Merchant's Shop");
    form.add("first_name", &payment.person.first);
    form.add("unique_id_1", format!("payout-{:06}", payment.number));
    form.add("status_1", if denied { "Failed" } else { "Completed" });
    if denied {
        form.add("reason_code_1", "1001");
    }
    form.add("last_name", &payment.person.last);
    form.add("txn_type", "masspay");
    form.add("mc_gross_1", decimal(payment.money, false));
    form.add("payment_fee_1", "");
    form.add("mc_handling1", "0.00");
    form.add("address_street", &payment.person.street);
    form.add("address_city", &payment.person.city);
    form.add("address_country", payment.person.country);
    form.add("residence_country", payment.person.country_code);
    scene.end(form);
}

fn subscription(scene: &Scene<'_>, form: &mut Form) {
    let Scene { payment, .. } = *scene;
    let amount = decimal(payment.money, false);
    form.add("txn_type", "subscr_signup");
    form.add("subscr_id", scene.subscription_id());
    form.add("last_name", &payment.person.last);
    form.add("residence_country", payment.person.country_code);
    form.add("mc_currency", payment.money.currency.code);
    form.add("item_name", &payment.person.item);
    form.add("business", scene.merchant_email);
    form.add("amount3", &amount);
    form.add("recurring", "1");
    form.add("address_street", &payment.person.street);
    scene.signature(form);
    form.add("payer_status", "verified");
    form.add("payer_email", payment.person.email);
    form.add("address_city", &payment.person.city);
    form.add("first_name", &payment.person.first);
    form.add("receiver_email", scene.merchant_email);
    form.add("payer_id", &payment.payer_id);
    form.add("reattempt", "1");
    form.add("item_number", format!("SKU-{}", payment.number % 1000));
    form.add("subscr_date", scene.date());
    form.add("custom", format!("order-{:06}", payment.number));
    form.add("charset", payment.charset.name());
    form.add("notify_version", "3.9");
    form.add("period3", "1 M");
    form.add("mc_amount3", &amount);
    form.add("address_country", payment.person.country);
    form.add("address_zip", payment.person.zip);
    form.add("address_name", [&payment.person.first[..], b" ", &payment.person.last[..]].concat());
    form.add("address_status", "confirmed");
    scene.end(form);
}

fn recurring_profile(scene: &Scene<'_>, form: &mut Form) {
    let Scene { payment, .. } = *scene;
    let amount = decimal(payment.money, false);
    form.add("payment_cycle", "Monthly");
    form.add("txn_type", "recurring_payment_profile_created");
    form.add("last_name", &payment.person.last);
    form.add("next_payment_date", "03:00:00 Dec 24, 2026 PST");
    form.add("residence_country", payment.person.country_code);
    form.add("initial_payment_amount", "0.00");
    form.add("currency_code", payment.money.currency.code);
    form.add("time_created", scene.date());
    scene.signature(form);
    form.add("period_type", " Regular");
    form.add("payer_status", "verified");
    form.add("tax", "0.00");
    form.add("payer_email", payment.person.email);
    form.add("first_name", &payment.person.first);
    form.add("receiver_email", scene.merchant_email);
    form.add("payer_id", &payment.payer_id);
    form.add("product_type", "1");
    form.add("shipping", "0.00");
    form.add("amount_per_cycle", &amount);
    form.add("profile_status", "Active");
    form.add("custom", format!("order-{:06}", payment.number));
    form.add("charset", payment.charset.name());
    form.add("notify_version", "3.9");
    form.add("amount", &amount);
    form.add("outstanding_balance", "0.00");
    form.add("recurring_payment_id", scene.subscription_id());
    form.add("product_name", &payment.person.item);
    form.add("rp_invoice_id", format!("INV-2026-{:06}", payment.number));
    scene.end(form);
}
