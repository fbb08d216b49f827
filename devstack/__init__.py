"""Everything `./dev` needs to run clinic_crm on one machine with nothing installed.

Not part of the product: nothing here is imported by it, and nothing here imports Django.
"""
