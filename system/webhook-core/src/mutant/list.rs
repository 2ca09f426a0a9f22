//! The defects: what is wrong, and what it is asked for by.

mutants! {
    // Every provider's signature.
    /// Every provider's verifier accepts whatever signature it is given.
    AcceptAnySignature = "accept-any-signature",
    /// A body whose signature does not match is tried again as lossy UTF-8.
    BodyReadLossily = "body-read-lossily",
    /// A body whose signature does not match is tried again without blanks around it.
    BodyTrimmed = "body-trimmed",
    /// A body whose signature does not match is tried again without its byte order mark.
    BodyWithoutMark = "body-without-mark",
    /// A body whose signature does not match is tried again with other line ends.
    BodyLineEndsUnified = "body-line-ends-unified",
    /// A body whose signature does not match is tried again as compact JSON.
    BodyReserialized = "body-reserialized",

    // Stripe's signature.
    /// The age of Stripe's signature is not looked at.
    StripeNoTimestampWindow = "stripe-no-timestamp-window",
    /// Stripe's signatures may be of any age, but not of the future.
    StripeOldAccepted = "stripe-old-accepted",
    /// Stripe's signatures may be of the future, however far.
    StripeFutureAccepted = "stripe-future-accepted",
    /// Stripe's signatures may be 600 seconds old.
    StripeWindow600 = "stripe-window-600",
    /// Stripe's signatures may be 60 seconds old and no older.
    StripeWindow60 = "stripe-window-60",
    /// Of Stripe's signature the first eight digits are compared.
    StripePrefixCompared = "stripe-prefix-compared",
    /// Of Stripe's signature as many digits are compared as were sent, down to none.
    StripeShortSignatureAccepted = "stripe-short-signature-accepted",
    /// Of several `v1` signatures of Stripe's only the last is looked at.
    StripeLastV1Wins = "stripe-last-v1-wins",
    /// Of several `v1` signatures of Stripe's only the first is looked at.
    StripeFirstV1Only = "stripe-first-v1-only",
    /// Stripe's `v0` signatures prove as much as `v1`.
    StripeV0Accepted = "stripe-v0-accepted",
    /// Stripe's signature is accepted in any part of the header, whatever its scheme.
    StripeAnySchemeAccepted = "stripe-any-scheme-accepted",
    /// Stripe's signature may be in upper-case digits.
    StripeUpperCaseHexAccepted = "stripe-upper-case-hex-accepted",
    /// The prefix of Stripe's secret is taken off before it is used.
    StripeSecretPrefixStripped = "stripe-secret-prefix-stripped",
    /// Stripe's signature is computed over the body without the time.
    StripeTimeNotSigned = "stripe-time-not-signed",
    /// A signature of Stripe's without a time is taken to be of this moment.
    StripeMissingTimeIsNow = "stripe-missing-time-is-now",
    /// Whatever stands in Stripe's time beside digits is passed over.
    StripeTimeReadLoosely = "stripe-time-read-loosely",
    /// Of two times in Stripe's header the first counts.
    StripeFirstTimeWins = "stripe-first-time-wins",
    /// Of two times in Stripe's header the last counts.
    StripeLastTimeWins = "stripe-last-time-wins",
    /// Stripe's header is refused unless it has exactly two parts.
    StripeHeaderOfTwoParts = "stripe-header-of-two-parts",
    /// Stripe's header is refused unless the time stands first.
    StripeTimeFirstOnly = "stripe-time-first-only",

    // PayPal's signature.
    /// PayPal's certificate is taken from any host that the header names.
    PaypalCertFromAnyHost = "paypal-cert-from-any-host",
    /// PayPal's certificate may be fetched without TLS.
    PaypalCertOverHttp = "paypal-cert-over-http",
    /// PayPal's hosts are known by how their names end.
    PaypalCertHostBySuffix = "paypal-cert-host-by-suffix",
    /// PayPal's hosts are known by how their names begin.
    PaypalCertHostByPrefix = "paypal-cert-host-by-prefix",
    /// PayPal's certificate may lie on one of PayPal's hosts only.
    PaypalCertFromOneHost = "paypal-cert-from-one-host",
    /// PayPal's certificate may lie anywhere on PayPal's hosts, and its address have a query.
    PaypalCertPathFree = "paypal-cert-path-free",
    /// PayPal's certificate need not lead to a trusted root.
    PaypalCertificateChainNotChecked = "paypal-certificate-chain-not-checked",
    /// PayPal's certificate may carry anybody's name.
    PaypalCertificateNameNotChecked = "paypal-certificate-name-not-checked",
    /// PayPal's certificate may have run out, or not be valid yet.
    PaypalCertificateValidityNotChecked = "paypal-certificate-validity-not-checked",
    /// That there is no certificate at an address is not remembered, nor how many were asked for.
    PaypalCertificateFailuresForgotten = "paypal-certificate-failures-forgotten",
    /// A certificate that PayPal does not have is answered 503, so a provider would send it again.
    PaypalMissingCertificateAnswered503 = "paypal-missing-certificate-answered-503",
    /// PayPal's certificates are fetched for every delivery.
    PaypalCertificatesNotKept = "paypal-certificates-not-kept",
    /// The webhook id of PayPal's simulator is accepted.
    PaypalSimulatorIdAccepted = "paypal-simulator-id-accepted",
    /// PayPal's header may name any algorithm.
    PaypalAlgorithmNotPinned = "paypal-algorithm-not-pinned",
    /// PayPal's transmission id may be any text.
    PaypalIdNotPinned = "paypal-id-not-pinned",
    /// PayPal's transmission time may go on with any text behind a bar.
    PaypalTimeNotPinned = "paypal-time-not-pinned",
    /// PayPal's transmissions may be of any age.
    PaypalOldAccepted = "paypal-old-accepted",
    /// PayPal's transmissions may be of the future, however far.
    PaypalFutureAccepted = "paypal-future-accepted",
    /// PayPal's transmissions are refused when they are older than 300 seconds, so retries are lost.
    PaypalRetriesRefused = "paypal-retries-refused",
    /// The CRC-32 that PayPal signs is taken for a signed number.
    PaypalSignedCrc = "paypal-signed-crc",
    /// A PayPal transmission may come again with another body of the same CRC-32.
    PaypalTransmissionUnbound = "paypal-transmission-unbound",
    /// What PayPal's API says about a signature is not looked at.
    PaypalApiAnswerIgnored = "paypal-api-answer-ignored",

    // Square's signature.
    /// The URL that Square signs is built from the request's Host header.
    SquareUrlFromHost = "square-url-from-host",
    /// Square's older SHA-1 signature is accepted.
    SquareSha1Accepted = "square-sha1-accepted",
    /// Square's signature is computed over the body without the URL.
    SquareUrlNotSigned = "square-url-not-signed",
    /// Of Square's signature the first eight characters are compared.
    SquarePrefixCompared = "square-prefix-compared",
    /// Of Square's signature as many characters are compared as were sent, down to none.
    SquareShortSignatureAccepted = "square-short-signature-accepted",
    /// Square's signature may be in any dialect of base64.
    SquareBase64ReadLoosely = "square-base64-read-loosely",

    // Intake: headers, bodies, answers.
    /// Of a header that is there twice the first counts.
    RepeatedHeadersTaken = "repeated-headers-taken",
    /// A header that is not text is answered 500.
    UnreadableHeadersAnswered500 = "unreadable-headers-answered-500",
    /// A delivery without a signature is accepted.
    MissingSignaturesAccepted = "missing-signatures-accepted",
    /// A delivery without a signature is answered 400.
    MissingSignaturesAnswered400 = "missing-signatures-answered-400",
    /// A forgery is answered 403.
    ForgeriesAnswered403 = "forgeries-answered-403",
    /// A forgery is answered 200 and dropped.
    ForgeriesAnswered200 = "forgeries-answered-200",
    /// A forgery is answered 500, so a provider would send it again.
    ForgeriesAnswered500 = "forgeries-answered-500",
    /// The raw body is stored before its signature is checked.
    ForgeriesStored = "forgeries-stored",
    /// The processor is invoked before the signature is checked.
    ForgeriesQueued = "forgeries-queued",
    /// A signed body of the wrong form is answered 500.
    MalformedBodiesAnswered500 = "malformed-bodies-answered-500",
    /// A signed body of the wrong form is answered 200 and dropped.
    MalformedBodiesAnswered200 = "malformed-bodies-answered-200",
    /// Bodies of any size are taken.
    LargeBodiesTaken = "large-bodies-taken",
    /// Bodies above 64 KiB are refused.
    SmallBodiesOnly = "small-bodies-only",
    /// A body that API Gateway passes on as base64 is taken as it is.
    Base64NotDecoded = "base64-not-decoded",
    /// A PayPal body of any content type is taken for JSON.
    PaypalAnyTypeIsJson = "paypal-any-type-is-json",
    /// A PayPal body of any content type but JSON is taken for a form.
    PaypalAnyTypeIsForm = "paypal-any-type-is-form",
    /// An accepted webhook is answered 202.
    AcceptedWith202 = "accepted-with-202",
    /// A webhook is acknowledged although its raw body could not be stored.
    AcceptedUnstored = "accepted-unstored",
    /// A webhook is acknowledged although the processor could not be invoked.
    AcceptedUnqueued = "accepted-unqueued",
    /// The processor is waited for, so nothing tries again when it fails.
    ProcessorAwaited = "processor-awaited",
    /// A webhook that could not be stored is answered 500 instead of 503.
    FailuresAnswered500 = "failures-answered-500",
    /// Every acknowledgement takes two and a half seconds.
    AcknowledgesSlowly = "acknowledges-slowly",
    /// Answers hold the body they answer.
    AnswersQuoteBodies = "answers-quote-bodies",
    /// Answers do not say that they are JSON.
    AnswersAsPlainText = "answers-as-plain-text",
    /// An event of an unknown type is answered 400.
    UnknownTypesRefused = "unknown-types-refused",

    // Raw bodies and objects' keys.
    /// Raw bodies are not kept.
    RawNotKept = "raw-not-kept",
    /// The raw body is stored as JSON written anew.
    RawReserialized = "raw-reserialized",
    /// The raw body's key has the day of its arrival, not that of the event.
    RawKeyByArrival = "raw-key-by-arrival",
    /// Objects' keys do not hold the event's id, so a payment's events of a day overwrite each other.
    KeysWithoutEventId = "keys-without-event-id",
    /// Ids go into objects' keys as they are written.
    IdsNotEscapedInKeys = "ids-not-escaped-in-keys",
    /// Objects are stored in the standard storage class.
    StandardStorageClass = "standard-storage-class",

    // Secrets.
    /// Only the current secret is accepted, not the previous one.
    PreviousSecretRefused = "previous-secret-refused",
    /// A signature that does not match never causes a look at the stored secret.
    SecretNeverFetchedAgain = "secret-never-fetched-again",
    /// Every signature that does not match causes a look at the stored secret.
    SecretFetchedForEachForgery = "secret-fetched-for-each-forgery",

    // What the providers' fields mean.
    /// The amount of a Stripe event is what was asked for, not what was received or refunded.
    StripeAmountAskedFor = "stripe-amount-asked-for",
    /// A Stripe charge or refund is not part of its payment's history.
    StripeChargesApart = "stripe-charges-apart",
    /// Ids inside expanded Stripe objects are not found.
    StripeExpandedObjectsLeftOut = "stripe-expanded-objects-left-out",
    /// Amounts that PayPal writes in its older ways are not found.
    PaypalOlderAmountsLeftOut = "paypal-older-amounts-left-out",
    /// A PayPal refund does not find the capture it belongs to.
    PaypalRefundsUnlinked = "paypal-refunds-unlinked",
    /// The id of a Square event's object is taken from the envelope.
    SquareDataIdTaken = "square-data-id-taken",
    /// Square's `payment.updated` is a success whatever the payment's status is.
    SquareStatusNotRead = "square-status-not-read",
    /// Every event is a payment of its own.
    EventsApart = "events-apart",
    /// Refunds and disputes are recorded under their own ids, apart from their payment.
    RefundsApart = "refunds-apart",
    /// The customer is not recorded.
    CustomerLeftOut = "customer-left-out",

    // Event types and statuses.
    /// A refund is recorded as a payment.
    RefundsTakenForPayments = "refunds-taken-for-payments",
    /// A failed refund is recorded as any change of a refund.
    FailedRefundsTakenForUpdates = "failed-refunds-taken-for-updates",
    /// Disputes are recorded as `other`.
    DisputesUnknown = "disputes-unknown",
    /// A decided dispute is recorded as a new one.
    DisputesNeverClosed = "disputes-never-closed",
    /// Money that is only held is recorded as paid.
    AuthorizedTakenForPaid = "authorized-taken-for-paid",
    /// A payment that is not decided is recorded as paid.
    PendingTakenForPaid = "pending-taken-for-paid",
    /// A payment that was given up is recorded as failed.
    CanceledTakenForFailed = "canceled-taken-for-failed",
    /// A failed payment is recorded as pending.
    FailedTakenForPending = "failed-taken-for-pending",
    /// Money that the provider took back is recorded as a refund.
    ReversalsTakenForRefunds = "reversals-taken-for-refunds",
    /// A payout is recorded as a payment.
    PayoutsTakenForPayments = "payouts-taken-for-payments",
    /// A payout that did not arrive is recorded as paid.
    FailedPayoutsTakenForPaid = "failed-payouts-taken-for-paid",
    /// The status follows from the event's type, whatever the object says.
    StatusByTypeAlone = "status-by-type-alone",
    /// What is pending has the status `processed`.
    PendingTakenForProcessed = "pending-taken-for-processed",
    /// What failed has the status `processed`.
    FailedTakenForProcessed = "failed-taken-for-processed",

    // Money.
    /// Amounts go through a floating-point number.
    MoneyAsFloat = "money-as-float",
    /// Amounts are recorded in the currency's smallest unit.
    MoneyInMinorUnits = "money-in-minor-units",
    /// Stripe's amounts have two digits after the point in every currency.
    StripeAlwaysTwoDigits = "stripe-always-two-digits",
    /// Stripe's amounts have the digits of ISO 4217, also where Stripe's differ.
    StripeDigitsByIso = "stripe-digits-by-iso",
    /// Stripe's three-decimal currencies are read as if they had two.
    StripeThreeDigitsAsTwo = "stripe-three-digits-as-two",
    /// Square's amounts have two digits after the point in every currency.
    SquareAlwaysTwoDigits = "square-always-two-digits",
    /// PayPal's amounts have two digits after the point in every currency.
    PaypalAlwaysTwoDigits = "paypal-always-two-digits",
    /// A PayPal amount that is finer than its currency is cut off.
    PaypalAmountsCutOff = "paypal-amounts-cut-off",
    /// Refunds are recorded with negative amounts.
    RefundsNegative = "refunds-negative",
    /// Currencies are recorded in lower case.
    CurrencyInLowerCase = "currency-in-lower-case",
    /// An event whose money makes no sense is recorded without it.
    PoisonStoredWithoutMoney = "poison-stored-without-money",

    // Records: once each, all of them, and what they hold.
    /// A delivery that comes again is recorded again.
    DuplicatesStored = "duplicates-stored",
    /// A delivery that comes again overwrites its record.
    RecordsOverwritten = "records-overwritten",
    /// Of a payment's events of one second the first is recorded.
    WholeSecondsOnly = "whole-seconds-only",
    /// Of a payment's events the first is recorded: duplicates are known by the payment.
    OneEventAPayment = "one-event-a-payment",
    /// An event that is older than one recorded already is dropped.
    LateEventsDropped = "late-events-dropped",
    /// Events of unknown types are dropped.
    UnknownTypesDropped = "unknown-types-dropped",
    /// Records have the time of their arrival, not that of their event.
    RecordsByArrival = "records-by-arrival",
    /// Records do not say what the provider calls the event's type.
    ProviderTypeNormalizedAway = "provider-type-normalized-away",
    /// Records do not say when the delivery arrived.
    ReceivedAtLeftOut = "received-at-left-out",
    /// Records do not say where the raw body lies.
    RecordsWithoutRawKey = "records-without-raw-key",
    /// Records hold no metadata.
    RecordsWithoutMetadata = "records-without-metadata",
    /// Records hold the whole body.
    RecordsHoldPayload = "records-hold-payload",
    /// Amounts are stored as text.
    AmountsStoredAsText = "amounts-stored-as-text",
    /// Records do not expire.
    RecordsNeverExpire = "records-never-expire",
    /// There is no processed log.
    ProcessedLogLeftOut = "processed-log-left-out",
    /// The processed log is written before the record.
    ProcessedLogFirst = "processed-log-first",
    /// A second try does not write the processed log that the first one left out.
    ProcessedLogNotRepaired = "processed-log-not-repaired",
    /// An event that cannot be processed counts as done.
    FailuresSwallowed = "failures-swallowed",

    // PayPal's form-encoded notifications.
    /// Notifications are recorded without asking PayPal.
    IpnNotAskedAbout = "ipn-not-asked-about",
    /// Notifications are recorded whatever PayPal says of them.
    IpnAnswerIgnored = "ipn-answer-ignored",
    /// When PayPal says neither word, a notification is genuine.
    IpnSilenceIsYes = "ipn-silence-is-yes",
    /// When PayPal says neither word, a notification is forged.
    IpnSilenceIsNo = "ipn-silence-is-no",
    /// PayPal is asked about a form that was read and written anew.
    IpnAskedAboutAnew = "ipn-asked-about-anew",
    /// A notification may be for anybody.
    IpnReceiverNotChecked = "ipn-receiver-not-checked",
    /// The charset of a notification is not looked at: its values are lossy UTF-8.
    IpnCharsetIgnored = "ipn-charset-ignored",
    /// Notifications are known by their transaction, whatever its status.
    IpnKnownByTransactionAlone = "ipn-known-by-transaction-alone",
    /// A notification that comes again with another date is another event.
    IpnKnownByDate = "ipn-known-by-date",
    /// Notifications are answered with a text.
    IpnAnsweredWithText = "ipn-answered-with-text",
    /// Notifications stay in quarantine after PayPal has spoken.
    IpnLeftInQuarantine = "ipn-left-in-quarantine",
    /// Refunds that PayPal notifies of are recorded with negative amounts.
    IpnRefundsNegative = "ipn-refunds-negative",

    // Queries.
    /// A payment stands where its first event says.
    StatusOfFirstEvent = "status-of-first-event",
    /// A payment stands where the event says that arrived last.
    StatusByArrival = "status-by-arrival",
    /// A payment that failed once has failed.
    FailedIsFinal = "failed-is-final",
    /// Events of unknown types decide where a payment stands.
    UnknownTypesDecide = "unknown-types-decide",
    /// A payment's amount is that of its last event.
    PriceOfLastEvent = "price-of-last-event",
    /// A payment's history begins with the newest event.
    HistoryNewestFirst = "history-newest-first",
    /// A payment that does not exist is an empty list.
    MissingAnswered200 = "missing-answered-200",
    /// Lists begin with the newest event.
    ListsNewestFirst = "lists-newest-first",
    /// The limit of a list is not looked at.
    LimitIgnored = "limit-ignored",
    /// Lists do not say how to go on.
    ListsWithoutNextPage = "lists-without-next-page",
    /// Every page of a list is the first.
    NextTokenIgnored = "next-token-ignored",
    /// A token is taken of another query.
    TokensOfOtherQueriesTaken = "tokens-of-other-queries-taken",
    /// The first second of a range does not belong to it.
    StartLeftOut = "start-left-out",
    /// The last second of a range does not belong to it.
    EndLeftOut = "end-left-out",
    /// The filter by status is not looked at.
    StatusFilterIgnored = "status-filter-ignored",
    /// Where a provider is given the customer is not looked at.
    CustomerFilterIgnored = "customer-filter-ignored",
    /// Where a customer is given the provider is not looked at.
    ProviderFilterIgnored = "provider-filter-ignored",
    /// Parameters that do not exist are passed over.
    UnknownParametersIgnored = "unknown-parameters-ignored",
    /// Parameters that make no sense are passed over.
    MalformedParametersIgnored = "malformed-parameters-ignored",
    /// Of a parameter that is given twice the last counts.
    RepeatedParametersTaken = "repeated-parameters-taken",
    /// A query that makes no sense is answered 500.
    BadQueriesAnswered500 = "bad-queries-answered-500",
    /// Callers are told what a store failed with.
    StoreErrorsTold = "store-errors-told",
    /// Amounts are JSON numbers in answers.
    AmountsShownAsNumbers = "amounts-shown-as-numbers",

    // Logs.
    /// Nothing is masked.
    NothingMasked = "nothing-masked",
    /// Validators log every body.
    BodiesLogged = "bodies-logged",
    /// Validators log the bodies that they refuse.
    RefusedBodiesLogged = "refused-bodies-logged",
    /// Validators log the signature.
    SignaturesLogged = "signatures-logged",
    /// Validators log the first e-mail address of a body.
    AddressesLogged = "addresses-logged",
    /// Validators log the ids of forged events.
    ForgedIdsLogged = "forged-ids-logged",
    /// The processor logs the whole event that it was invoked with.
    EnvelopesLogged = "envelopes-logged",
    /// The query function logs its answers.
    AnswersLogged = "answers-logged",
    /// What an event failed with holds the event, and so does its dead letter.
    FailuresQuoteEvents = "failures-quote-events",
    /// Refused webhooks are not logged.
    RefusalsNotLogged = "refusals-not-logged",
    /// Refused webhooks are logged as information.
    RefusalsLoggedAsInfo = "refusals-logged-as-info",
    /// Refused webhooks are logged in other words than alarms look for.
    RefusalsWordedOtherwise = "refusals-worded-otherwise",
    /// Webhooks that could not be stored are logged as warnings.
    FailuresLoggedAsWarnings = "failures-logged-as-warnings",
    /// Events that could not be processed are not logged.
    FailuresNotLogged = "failures-not-logged",
    /// Log lines are not JSON.
    LogNotJson = "log-not-json",
    /// Log lines do not say whose event they are about.
    LogWithoutProvider = "log-without-provider",
    /// Log lines do not say which invocation they are of.
    LogWithoutRequestIds = "log-without-request-ids",
    /// Log lines do not say which event and payment they are about.
    LogWithoutEventIds = "log-without-event-ids",
    /// Log lines do not say how long it took.
    LogWithoutDuration = "log-without-duration",

    // The stage.
    /// Webhooks by another environment's stage are taken.
    StageIgnoredByValidators = "stage-ignored-by-validators",
    /// Queries by another environment's stage are answered.
    StageIgnoredByQuery = "stage-ignored-by-query",
    /// Of what a stage says of itself only the environment's name is compared.
    StageEnvironmentOnly = "stage-environment-only",

    // Traces.
    /// Traces have no annotations.
    TraceWithoutAnnotations = "trace-without-annotations",
    /// Traces do not say which payment they are about.
    TraceWithoutTransactionId = "trace-without-transaction-id",
    /// Traces do not show the calls to other services.
    TraceWithoutCalls = "trace-without-calls",
    /// Traces do not show that an invocation failed.
    TraceWithoutFaults = "trace-without-faults",
    /// A failure in a trace that is not sampled is not told.
    FailuresUntraced = "failures-untraced",
    /// The processor's trace does not belong to the webhook's.
    TraceNotCarriedOn = "trace-not-carried-on",

    // Usage keys and the daily files.
    /// Every provider's webhooks count against Stripe's usage plan.
    OneKeyForAll = "one-key-for-all",
    /// A day's file lacks its first record.
    DayFileWithoutFirst = "day-file-without-first",
    /// A day's file has its first record twice.
    DayFileWithDouble = "day-file-with-double",
    /// A day's file has another name.
    DayFileMisnamed = "day-file-misnamed",
    /// A day's file is written once, whatever comes later.
    DayFileNeverRewritten = "day-file-never-rewritten",
}
