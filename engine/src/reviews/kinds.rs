//! The kinds of places, food and films, and the parts that a review can speak of.

use super::Family;
use super::words::{
    ACTING, BAKED, CLEAN, DISH, DRINK, ENDING, JOKES, PEOPLE, PICTURE, PLOT, PORTION, PRICE,
    PRODUCE, Quality, SAUCE, SEAT, SERVICE, SHOW, SMELL, SOUND, SPACE, SWEET, VIEW, WATER,
};

/// One kind of subject.
#[derive(Debug)]
pub(super) struct Kind {
    /// Its family.
    pub family: Family,
    /// What it is called.
    pub noun: &'static str,
    /// Whether the noun is plural.
    pub many: bool,
    /// What may stand before the noun in a subject.
    pub before: &'static [&'static str],
    /// What a review speaks of.
    pub parts: &'static [Part],
}

/// A part of a subject, such as a bakery's bread.
#[derive(Debug)]
pub(super) struct Part {
    /// Its name, without an article.
    pub name: &'static str,
    /// Whether the name is plural.
    pub many: bool,
    /// What can be said of it.
    pub quality: &'static Quality,
}

const fn one(name: &'static str, quality: &'static Quality) -> Part {
    Part { name, many: false, quality }
}

const fn many(name: &'static str, quality: &'static Quality) -> Part {
    Part { name, many: true, quality }
}

const PLACE: Kind = Kind {
    family: Family::Place,
    noun: "",
    many: false,
    before: &["small", "little", "old", "new", "large", "quiet", "busy", "modern"],
    parts: &[],
};
const FOOD: Kind = Kind { family: Family::Food, before: &[], ..PLACE };
const FILM: Kind = Kind {
    family: Family::Film,
    before: &["short", "long", "new", "old", "recent", "French", "Danish", "Italian"],
    ..PLACE
};

/// Every kind, family by family.
#[rustfmt::skip]
pub(super) static KINDS: &[Kind] = &[
    Kind { noun: "bakery", parts: &[
        one("bread", &BAKED), many("rolls", &BAKED), many("cakes", &BAKED), one("coffee", &DRINK),
        many("staff", &PEOPLE), one("baker", &PEOPLE), many("prices", &PRICE), one("smell", &SMELL),
    ], ..PLACE },
    Kind { noun: "cafe", parts: &[
        one("coffee", &DRINK), one("tea", &DRINK), many("cakes", &BAKED), one("soup", &SAUCE),
        many("staff", &PEOPLE), one("service", &SERVICE), many("tables", &CLEAN), many("prices", &PRICE),
    ], ..PLACE },
    Kind { noun: "tea room", parts: &[
        one("tea", &DRINK), many("scones", &BAKED), many("cakes", &BAKED), many("chairs", &SEAT),
        many("staff", &PEOPLE), one("owner", &PEOPLE), many("tables", &CLEAN), one("view", &VIEW),
    ], ..PLACE },
    Kind { noun: "hotel", parts: &[
        one("room", &SPACE), one("bed", &SEAT), one("breakfast", &DISH), many("staff", &PEOPLE),
        one("bathroom", &CLEAN), one("view", &VIEW), one("service", &SERVICE), one("bill", &PRICE),
    ], ..PLACE },
    Kind { noun: "guest house", parts: &[
        one("room", &SPACE), one("bed", &SEAT), one("breakfast", &DISH), many("owners", &PEOPLE),
        one("garden", &VIEW), one("bathroom", &CLEAN), one("view", &VIEW), many("prices", &PRICE),
    ], ..PLACE },
    Kind { noun: "inn", parts: &[
        one("stew", &SAUCE), one("bread", &BAKED), one("dining room", &SPACE), one("landlord", &PEOPLE),
        many("beds", &SEAT), one("service", &SERVICE), many("tables", &CLEAN), one("bill", &PRICE),
    ], ..PLACE },
    Kind { noun: "restaurant", parts: &[
        one("soup", &SAUCE), one("fish", &DISH), one("dessert", &SWEET), many("waiters", &PEOPLE),
        one("service", &SERVICE), many("tables", &CLEAN), many("vegetables", &DISH), one("bill", &PRICE),
    ], ..PLACE },
    Kind { noun: "museum", parts: &[
        many("exhibits", &SHOW), one("tour", &SHOW), one("guide", &PEOPLE), many("rooms", &SPACE),
        many("staff", &PEOPLE), one("coffee", &DRINK), one("gift shop", &SPACE), one("entry fee", &PRICE),
    ], ..PLACE },
    Kind { noun: "gallery", parts: &[
        many("paintings", &SHOW), many("drawings", &SHOW), one("tour", &SHOW), many("rooms", &SPACE),
        one("guide", &PEOPLE), many("staff", &PEOPLE), many("benches", &SEAT), one("entry fee", &PRICE),
    ], ..PLACE },
    Kind { noun: "library", parts: &[
        many("books", &SHOW), one("reading room", &SPACE), many("chairs", &SEAT), many("shelves", &CLEAN),
        many("librarians", &PEOPLE), many("magazines", &SHOW), many("desks", &CLEAN),
    ], ..PLACE },
    Kind { noun: "bookshop", parts: &[
        many("books", &SHOW), one("owner", &PEOPLE), many("shelves", &CLEAN), many("armchairs", &SEAT),
        many("staff", &PEOPLE), one("coffee", &DRINK), many("prices", &PRICE),
    ], ..PLACE },
    Kind { noun: "market", parts: &[
        one("fruit", &PRODUCE), many("vegetables", &PRODUCE), one("bread", &BAKED), many("stalls", &SHOW),
        many("sellers", &PEOPLE), one("music", &SOUND), many("prices", &PRICE),
    ], ..PLACE },
    Kind { noun: "farm shop", parts: &[
        many("apples", &PRODUCE), many("vegetables", &PRODUCE), many("pies", &BAKED), one("bread", &BAKED),
        many("staff", &PEOPLE), one("farmer", &PEOPLE), many("prices", &PRICE),
    ], ..PLACE },
    Kind { noun: "garden", parts: &[
        many("roses", &VIEW), one("pond", &VIEW), one("view", &VIEW), many("benches", &SEAT),
        many("gardeners", &PEOPLE), many("paths", &CLEAN), one("tour", &SHOW), one("entry fee", &PRICE),
    ], ..PLACE },
    Kind { noun: "campsite", parts: &[
        many("showers", &CLEAN), many("toilets", &CLEAN), one("view", &VIEW), many("owners", &PEOPLE),
        one("kitchen", &CLEAN), many("neighbours", &PEOPLE), many("prices", &PRICE),
    ], ..PLACE },
    Kind { noun: "swimming pool", parts: &[
        one("water", &WATER), many("changing rooms", &CLEAN), many("showers", &CLEAN), many("staff", &PEOPLE),
        many("lifeguards", &PEOPLE), many("lockers", &CLEAN), one("entry fee", &PRICE),
    ], ..PLACE },
    Kind { noun: "theatre", parts: &[
        one("play", &PLOT), many("actors", &ACTING), one("music", &SOUND), many("seats", &SEAT),
        many("costumes", &PICTURE), many("staff", &PEOPLE), many("ticket prices", &PRICE),
    ], ..PLACE },

    Kind { noun: "soup", before: &["tomato", "mushroom", "onion", "lentil", "fish", "pumpkin"], parts: &[
        one("broth", &SAUCE), many("vegetables", &DISH), one("bread", &BAKED), one("smell", &SMELL),
        one("portion", &PORTION), one("service", &SERVICE), one("price", &PRICE),
    ], ..FOOD },
    Kind { noun: "pie", before: &["apple", "cherry", "plum", "chicken", "mushroom", "pumpkin"], parts: &[
        one("crust", &BAKED), one("filling", &DISH), one("smell", &SMELL), one("portion", &PORTION),
        one("service", &SERVICE), one("price", &PRICE),
    ], ..FOOD },
    Kind { noun: "cake", before: &["lemon", "chocolate", "carrot", "apple", "almond", "cherry"], parts: &[
        one("sponge", &BAKED), one("icing", &SWEET), one("cream", &SWEET), one("slice", &PORTION),
        one("smell", &SMELL), one("service", &SERVICE), one("price", &PRICE),
    ], ..FOOD },
    Kind { noun: "curry", before: &["chicken", "lentil", "fish", "potato", "pumpkin", "mushroom"], parts: &[
        one("sauce", &SAUCE), one("rice", &DISH), one("chutney", &SAUCE), one("smell", &SMELL),
        one("portion", &PORTION), one("service", &SERVICE), one("price", &PRICE),
    ], ..FOOD },
    Kind { noun: "stew", before: &["lamb", "bean", "beef", "fish", "potato", "lentil"], parts: &[
        one("sauce", &SAUCE), many("vegetables", &DISH), one("bread", &BAKED), one("smell", &SMELL),
        one("portion", &PORTION), one("service", &SERVICE), one("price", &PRICE),
    ], ..FOOD },
    Kind { noun: "sandwich", before: &["cheese", "egg", "chicken", "tomato", "tuna", "mushroom"], parts: &[
        one("bread", &BAKED), one("filling", &DISH), one("sauce", &SAUCE), one("smell", &SMELL),
        one("portion", &PORTION), one("service", &SERVICE), one("price", &PRICE),
    ], ..FOOD },
    Kind { noun: "pizza", before: &["tomato", "mushroom", "cheese", "onion", "tuna", "potato"], parts: &[
        one("crust", &BAKED), one("sauce", &SAUCE), one("cheese", &DISH), one("smell", &SMELL),
        one("portion", &PORTION), one("service", &SERVICE), one("price", &PRICE),
    ], ..FOOD },
    Kind { noun: "ice cream", before: &["vanilla", "lemon", "cherry", "chocolate", "almond", "plum"], parts: &[
        one("cone", &BAKED), one("sauce", &SWEET), one("cream", &SWEET), one("fruit", &PRODUCE),
        one("portion", &PORTION), one("service", &SERVICE), one("price", &PRICE),
    ], ..FOOD },
    Kind { noun: "pancakes", many: true, before: &["lemon", "apple", "potato", "banana", "cheese", "chocolate"], parts: &[
        one("sauce", &SWEET), one("cream", &SWEET), one("fruit", &PRODUCE), one("smell", &SMELL),
        one("portion", &PORTION), one("service", &SERVICE), one("price", &PRICE),
    ], ..FOOD },
    Kind { noun: "dumplings", many: true, before: &["pumpkin", "potato", "mushroom", "chicken", "plum", "cheese"], parts: &[
        one("filling", &DISH), one("sauce", &SAUCE), one("broth", &SAUCE), one("smell", &SMELL),
        one("portion", &PORTION), one("service", &SERVICE), one("price", &PRICE),
    ], ..FOOD },
    Kind { noun: "noodles", many: true, before: &["egg", "beef", "chicken", "mushroom", "tuna", "tomato"], parts: &[
        one("broth", &SAUCE), one("sauce", &SAUCE), many("vegetables", &DISH), one("smell", &SMELL),
        one("portion", &PORTION), one("service", &SERVICE), one("price", &PRICE),
    ], ..FOOD },

    Kind { noun: "film", parts: &[
        one("story", &PLOT), one("script", &PLOT), one("acting", &ACTING), many("actors", &ACTING),
        one("music", &SOUND), one("camera work", &PICTURE), one("ending", &ENDING),
    ], ..FILM },
    Kind { noun: "comedy", parts: &[
        many("jokes", &JOKES), one("story", &PLOT), one("script", &PLOT), many("actors", &ACTING),
        one("music", &SOUND), one("ending", &ENDING),
    ], ..FILM },
    Kind { noun: "drama", parts: &[
        one("story", &PLOT), one("script", &PLOT), one("acting", &ACTING), one("music", &SOUND),
        many("costumes", &PICTURE), one("ending", &ENDING),
    ], ..FILM },
    Kind { noun: "thriller", parts: &[
        one("plot", &PLOT), one("script", &PLOT), one("acting", &ACTING), one("music", &SOUND),
        one("camera work", &PICTURE), one("ending", &ENDING),
    ], ..FILM },
    Kind { noun: "cartoon", parts: &[
        many("drawings", &PICTURE), one("story", &PLOT), many("jokes", &JOKES), many("songs", &SOUND),
        many("voices", &ACTING), one("ending", &ENDING),
    ], ..FILM },
    Kind { noun: "western", parts: &[
        one("plot", &PLOT), one("acting", &ACTING), one("scenery", &PICTURE), one("music", &SOUND),
        many("costumes", &PICTURE), one("ending", &ENDING),
    ], ..FILM },
    Kind { noun: "musical", parts: &[
        many("songs", &SOUND), many("dances", &PICTURE), one("story", &PLOT), many("singers", &ACTING),
        many("costumes", &PICTURE), one("ending", &ENDING),
    ], ..FILM },
    Kind { noun: "romance", parts: &[
        one("plot", &PLOT), one("script", &PLOT), one("acting", &ACTING), one("music", &SOUND),
        one("scenery", &PICTURE), one("ending", &ENDING),
    ], ..FILM },
];
