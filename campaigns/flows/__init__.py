"""Ready flows of care and recall. Shipped switched off: a clinic takes, reads and launches them."""

from campaigns.flows.ready import FLOWS
from campaigns.flows.shape import Flow, Said, Text

__all__ = ["FLOWS", "Flow", "Said", "Text"]
