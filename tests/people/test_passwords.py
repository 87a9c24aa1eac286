"""Which passwords are refused."""

from __future__ import annotations

import pytest

from api.regency import SYSTEM
from simpul.people.errors import PasswordRefused
from simpul.people.service import create_user


@pytest.mark.parametrize(
    "password",
    [
        "pendek 1",  # 8 characters
        "19870654321",  # digits only
        "1987 06 54 32 10",  # still a number
        "0812-3456-7890",
        "aaaaaaaaaaaa",
        "abababababab",
        "password123",  # well known
        "siti rahma",  # the person's own name
        "sitirahma88",
    ],
)
def test_a_weak_password_is_refused(db: None, password: str) -> None:
    with pytest.raises(PasswordRefused):
        create_user(SYSTEM, username="sitirahma8", name="Siti Rahma", password=password)


@pytest.mark.parametrize("password", ["gajah makan kacang", "Tiang-17 di tepi sungai", "x7#Qm2!vLp"])
def test_a_password_that_is_hard_to_guess_is_taken(db: None, password: str) -> None:
    user = create_user(SYSTEM, username="budi", name="Budi", password=password)
    assert user.check_password(password)
