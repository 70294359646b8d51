"""The lease of a batch: looked at each time the network asks for bytes."""

from __future__ import annotations

import pytest

from ledgerbee_client._helpers.bodies import Body, File
from ledgerbee_client.posting import LeaseLostError
from ledgerbee_client.posting.lease import LeasedBody, leased, now


def test_a_body_is_given_while_its_lease_lasts() -> None:
    """As it was written, and as often as it is asked for."""
    plain = Body(parts=(b'{"entries":[', File(b"abc"), b"]}"), entries="entries")
    body = leased(plain, now() + 100.0, timeout=30.0)

    assert [*plain.chunks()] == [*body.chunks()] == [*body.chunks()]
    assert (plain.size, plain.entries, plain.content_type) == (body.size, body.entries, body.content_type)


def test_without_a_lease_a_body_is_what_it_was() -> None:
    """One process has its journal to itself."""
    plain = Body(parts=(b"{}",))

    assert plain is leased(plain, None, timeout=30.0)


def test_a_request_that_would_outlive_its_lease_is_not_begun() -> None:
    """It ends before the lease does, or it is not sent."""
    with pytest.raises(LeaseLostError):
        leased(Body(parts=(b"{}",)), now() + 29.0, timeout=30.0)


@pytest.mark.parametrize("given", [0, 1, 2])
def test_no_byte_is_given_once_the_lease_is_over(given: int) -> None:
    """A process that is stopped between two pieces, and woken later, sends no more of them."""
    time = [0.0]
    body = LeasedBody(parts=(b"a", b"b", b"c"), ends=100.0, timeout=30.0, clock=lambda: time[0])
    pieces = body.chunks()
    assert given == len([next(pieces) for _ in range(given)])
    time[0] = 200.0

    with pytest.raises(LeaseLostError):
        next(pieces)


def test_the_first_piece_leaves_room_for_the_whole_request() -> None:
    """With 30 s for the request, the lease has to last 30 s more; later pieces only need it to last."""
    time = [69.0]
    body = LeasedBody(parts=(b"a", b"b"), ends=100.0, timeout=30.0, clock=lambda: time[0])
    pieces = body.chunks()
    assert b"a" == next(pieces)
    time[0] = 99.0
    assert b"b" == next(pieces)

    time[0] = 71.0
    with pytest.raises(LeaseLostError):
        next(body.chunks())
