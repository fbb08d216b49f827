"""A seeded generator of clinics whose truth is known: pure numpy, no clock, no database."""

from clinic_crm.simulator.clinics import CLINICS, LONDON, SHANGHAI
from clinic_crm.simulator.config import ClinicConfig
from clinic_crm.simulator.generate import generate
from clinic_crm.simulator.response import Response, respond, return_probability
from clinic_crm.simulator.world import Truth, World

__all__ = [
    "CLINICS",
    "LONDON",
    "SHANGHAI",
    "ClinicConfig",
    "Response",
    "Truth",
    "World",
    "generate",
    "respond",
    "return_probability",
]
