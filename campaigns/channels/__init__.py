"""Ways to reach a customer. Each channel is one module behind `campaigns.channels.contract`."""
