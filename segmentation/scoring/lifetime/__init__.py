"""Will they come again, how often, and what will they spend: «buy till you die» models.

A customer buys at an own rate until, after some purchase, the customer is lost without a word.
`family` holds the likelihood, `fitting` its maximum, `outlook` what it says of each customer,
`gamma_gamma` the spend of a purchase day.
"""
