"""The demo city: the same from the same seed, in words that the shipped lists know."""

from taihu.portal.demo.city import CityDraw
from taihu.portal.demo.families import families, unknown_words


def test_every_word_of_the_demo_is_a_known_skill_or_certificate():
    assert unknown_words() == []
    assert all(len(family.skills) == len(family.skill_codes) for family in families())


def test_the_same_seed_gives_the_same_city(at):
    def draw():
        city = CityDraw(seed=7, at=at)
        organisations = list(city.organisations(20))
        openings = [(o.title, o.pay_min, o.skill_codes) for o in city.openings(30, organisations)]
        return [o.name for o in organisations], openings, [p.name for p, _profile in city.people(30)]

    assert draw() == draw()
