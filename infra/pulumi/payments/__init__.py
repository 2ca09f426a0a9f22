"""The Pulumi stack of the payment webhooks: two Lambda functions, one table, nothing that they do not use.

Source of every rule here is the specification of the Pulumi stack, unless another is named. What is deliberately absent: an
HTTP entrance (the specification names none), secrets' values (they are put into Secrets Manager by hand), wildcard actions.
"""
