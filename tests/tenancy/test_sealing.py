"""Sealed texts: unreadable in the database, shut for other clinics, kept when keys change."""

import pytest

from tenancy import sealing
from tenancy.exceptions import NoClinicScope
from tests.conftest import outside_scope

OLD, NEW = "an-old-word-of-more-than-32-characters", "a-new-word-of-more-than-32-characters"
TEXT = "青霉素过敏 🩺 penicillin"


def test_a_sealed_text_opens_again_and_shows_nothing(clinic):
    sealed = sealing.seal(TEXT)

    assert sealing.unseal(sealed) == TEXT
    assert "penicillin" not in sealed
    assert sealing.seal(TEXT) != sealed  # the same text twice is not seen to be the same
    assert (sealing.seal(""), sealing.unseal("")) == ("", "")


def test_another_clinics_text_stays_shut(clinic, other_clinic, in_clinic):
    sealed = sealing.seal(TEXT)

    with in_clinic(other_clinic), pytest.raises(sealing.CannotUnseal):
        sealing.unseal(sealed)


def test_an_altered_text_is_refused(clinic):
    with pytest.raises(sealing.CannotUnseal):
        sealing.unseal(sealing.seal(TEXT)[:-4] + "AAA=")


def test_nothing_is_sealed_outside_a_clinic(clinic):
    with outside_scope(), pytest.raises(NoClinicScope):
        sealing.seal(TEXT)


def test_keys_are_changed_without_losing_a_text(clinic, settings):
    settings.HEALTH_KEYS = [OLD]
    sealed = sealing.seal(TEXT)
    settings.HEALTH_KEYS = [NEW, OLD]
    assert not sealing.is_sealed_with_first_key(sealed)

    anew = sealing.seal(sealing.unseal(sealed))

    assert sealing.is_sealed_with_first_key(anew)
    settings.HEALTH_KEYS = [NEW]
    assert sealing.unseal(anew) == TEXT
    with pytest.raises(sealing.CannotUnseal):
        sealing.unseal(sealed)
