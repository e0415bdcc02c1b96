"""Streams of random numbers: a draw's numbers follow from seed, names and the number of the draw, and nothing else."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcp_finance.sampling.special import Array, normal_cdf
from mcp_finance.sampling.streams import BLOCK, Streams, net, stream

YEARS = 3
N = 200 * BLOCK


def normals(seed: int, name: str, element: str, first: int, last: int, years: int = YEARS) -> Array:
    """`(years, draws)`, of the draws first..last-1."""
    streams, out = Streams.open(seed, name, element, first, last), np.empty((years, last - first))
    for year in out:
        streams.normal(year)
    return out


WHOLE = normals(7, "growth", "lines.a.growth", 0, 6 * BLOCK)


@settings(max_examples=60)
@given(st.integers(0, 5), st.integers(1, 6 * BLOCK))
def test_a_draw_is_the_same_in_every_span_that_holds_it(block: int, draws: int) -> None:
    """Spans begin at a block and end anywhere; a block cut short is the beginning of the whole one, in every year."""
    first, last = block * BLOCK, min(block * BLOCK + draws, 6 * BLOCK)
    assert np.array_equal(normals(7, "growth", "lines.a.growth", first, last), WHOLE[:, first:last])


def test_a_draw_is_the_same_in_whatever_memory_it_is_put() -> None:
    """A column of a table is filled as a row of its own is."""
    streams, table = Streams.open(7, "growth", "lines.a.growth", 0, 2 * BLOCK), np.zeros((2 * BLOCK, 2))
    streams.normal(table[:, 1])
    assert np.array_equal(table[:, 1], WHOLE[0, : 2 * BLOCK]) and not table[:, 0].any()


@pytest.mark.parametrize("draws", [1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK])
def test_other_methods_draw_whole_blocks_too(draws: int) -> None:
    """Also one of which nobody knows how many words of the stream it takes, such as gamma numbers."""

    def made(last: int) -> Array:
        streams, out = Streams.open(7, "counts", "a", 0, last), np.empty((YEARS, last))
        for year in out:
            streams.each(lambda g, n: g.standard_gamma(0.4, n), year)
        return out

    assert np.array_equal(made(draws), made(4 * BLOCK)[:, :draws])


def test_a_span_begins_a_block() -> None:
    with pytest.raises(ValueError, match="draw 1000 does not begin a block of 1024"):
        Streams.open(7, "growth", "", 1000, 2000)


OTHERS: dict[str, Callable[[], Array]] = {
    "seed": lambda: normals(8, "growth", "a", 0, N, 1)[0],
    "name": lambda: normals(7, "growth2", "a", 0, N, 1)[0],
    "element": lambda: normals(7, "growth", "b", 0, N, 1)[0],
    "block": lambda: normals(7, "growth", "a", N, 2 * N, 1)[0],
    "year": lambda: normals(7, "growth", "a", 0, N, 2)[1],
    "where name ends and element begins": lambda: normals(7, "growtha", "", 0, N, 1)[0],
}


@pytest.mark.parametrize("other", OTHERS)
def test_streams_of_other_names_have_nothing_in_common(other: str) -> None:
    """No number in common, and a correlation, of values and of squares, within four standard errors of nil."""
    one, two = normals(7, "growth", "a", 0, N, 1)[0], OTHERS[other]()
    assert not np.isin(one, two).any()
    for x, y in ((one, two), (one**2, two**2)):
        assert abs(np.corrcoef(x, y)[0, 1]) <= 4 / math.sqrt(N)


def test_numbers_are_standard_normal() -> None:
    """Mean, variance, third and fourth moment within four standard errors: of variances 1, 2, 15 and 96.

    Var z^k is E z^2k - (E z^k)^2: 1, 3 - 1, 15, 105 - 9. Shares below -2, 0 and 2 likewise.
    """
    z = normals(7, "growth", "a", 0, N).ravel()
    for power, mean, variance in ((1, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0)):
        assert abs((z**power).mean() - mean) <= 4 * math.sqrt(variance / z.size)
    for limit in (-2.0, 0.0, 2.0):
        share = float(normal_cdf(np.array(limit)))
        assert abs((z < limit).mean() - share) <= 4 * math.sqrt(share * (1 - share) / z.size)


def test_a_stream_is_sfc64_begun_at_the_hash_of_its_name() -> None:
    """The format, by hand: what is stored or published is found again with the same seed by any program."""
    key = b"mcp-finance streams 1\x002018\x00growth\x00lines.community.growth\x004"
    digest = hashlib.blake2b(key, digest_size=24).digest()
    a, b, c = (int.from_bytes(digest[k : k + 8], "little") for k in (0, 8, 16))
    words = []
    for counter in range(1, 16):  # twelve rounds of mixing come before the first word
        word = (a + b + counter) % 2**64
        a, b, c = b ^ (b >> 11), (c + (c << 3)) % 2**64, (((c << 24) | (c >> 40)) + word) % 2**64
        words.append(word)
    found = stream(2018, "growth", "lines.community.growth", 4).bit_generator.random_raw(3)
    assert [int(word) for word in found] == words[12:]


DIMENSIONS = 7


def test_a_block_of_the_net_hits_each_stratum_of_each_dimension_once() -> None:
    """Sobol's first 1,024 points, scrambled, have one in each of 1,024 equal parts of every dimension."""
    points = normal_cdf(net(7, DIMENSIONS, 0, 3 * BLOCK)).reshape(DIMENSIONS, 3, BLOCK)
    strata = np.sort(np.floor(points * BLOCK).astype(int), axis=-1)
    assert (strata == np.arange(BLOCK)).all()


def test_two_dimensions_of_the_net_fill_each_part_of_their_square_once() -> None:
    """The first two Sobol' dimensions are a (0, 10, 2)-net: 32 x 32 equal squares hold a point each."""
    x, y = np.floor(normal_cdf(net(7, 2, 0, BLOCK)) * 32).astype(int)
    assert len({*zip(x.tolist(), y.tolist(), strict=True)}) == BLOCK


def test_the_net_is_the_same_in_every_span_and_of_another_scrambling_in_every_block_and_seed() -> None:
    whole = net(7, 2, 0, 3 * BLOCK)
    assert np.array_equal(net(7, 2, BLOCK, 2 * BLOCK + 100), whole[:, BLOCK : 2 * BLOCK + 100])
    assert not np.isin(whole[:, :BLOCK], whole[:, BLOCK:]).any()
    assert not np.isin(whole, net(8, 2, 0, BLOCK)).any()


def test_blocks_of_the_net_are_independent() -> None:
    """Means of blocks do not go together: the spread of their mean is that of independent blocks.

    The product of two dimensions' normals has mean 0. Over 64 blocks its mean is within four of the standard errors
    that the 64 means give, and consecutive means have a correlation within four standard errors (1/sqrt(63)) of nil.
    """
    blocks = 64
    x, y = net(7, 2, 0, blocks * BLOCK).reshape(2, blocks, BLOCK)
    means = (x * y).mean(axis=1)
    assert abs(means.mean()) <= 4 * means.std(ddof=1) / math.sqrt(blocks)
    assert abs(np.corrcoef(means[:-1], means[1:])[0, 1]) <= 4 / math.sqrt(blocks - 1)
    assert means.std(ddof=1) < 0.5 / math.sqrt(BLOCK)  # independent draws: 1 / sqrt(1024)
