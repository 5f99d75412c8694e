"""The shop's vocabulary: names, cities, goods and the kinds of customers."""

from dataclasses import dataclass

FEMALE_NAMES = (
    "Anna Lena Sophie Jana Käthe Mia Hannah Emilia Ayşe Zoë Bärbel Ursula Sabine "
    "Petra Gül Friederike Marlene Johanna Clara Ida Greta Nele Büşra Renée Olga"
)
MALE_NAMES = (
    "Jürgen Jörg Björn Paul Ben Lukas Finn Felix Günter Sören Mehmet Max Jonas "
    "Karl-Heinz Thomas Stefan Götz Ömer Noah Emil Moritz Anton Dieter René Ivan"
)

# name, Bundesland, postcode prefixes, latitude, longitude, climate zone, weight
CITIES = (
    ("Berlin", "Berlin", ("10", "12", "13"), 52.520, 13.405, "continental", 330),
    ("Hamburg", "Hamburg", ("20", "22"), 53.551, 9.994, "maritime", 170),
    ("München", "Bayern", ("80", "81"), 48.137, 11.575, "alpine", 170),
    ("Köln", "Nordrhein-Westfalen", ("50", "51"), 50.938, 6.960, "maritime", 130),
    ("Frankfurt am Main", "Hessen", ("60",), 50.110, 8.682, "temperate", 90),
    ("Stuttgart", "Baden-Württemberg", ("70",), 48.776, 9.183, "temperate", 80),
    ("Düsseldorf", "Nordrhein-Westfalen", ("40",), 51.227, 6.773, "maritime", 80),
    ("Leipzig", "Sachsen", ("04",), 51.340, 12.375, "continental", 80),
    ("Dresden", "Sachsen", ("01",), 51.050, 13.738, "continental", 70),
    ("Hannover", "Niedersachsen", ("30",), 52.376, 9.732, "temperate", 60),
    ("Nürnberg", "Bayern", ("90",), 49.452, 11.077, "continental", 60),
    ("Bremen", "Bremen", ("28",), 53.079, 8.802, "maritime", 50),
    ("Würzburg", "Bayern", ("97",), 49.791, 9.953, "temperate", 50),
    ("Freiburg im Breisgau", "Baden-Württemberg", ("79",), 47.999, 7.842, "alpine", 50),
    ("Göttingen", "Niedersachsen", ("37",), 51.541, 9.916, "temperate", 40),
    ("Münster", "Nordrhein-Westfalen", ("48",), 51.961, 7.628, "maritime", 40),
    ("Saarbrücken", "Saarland", ("66",), 49.240, 6.997, "temperate", 30),
    ("Lübeck", "Schleswig-Holstein", ("23",), 53.866, 10.687, "maritime", 30),
    ("Rostock", "Mecklenburg-Vorpommern", ("18",), 54.092, 12.099, "maritime", 30),
    ("Tübingen", "Baden-Württemberg", ("72",), 48.522, 9.058, "temperate", 30),
    ("Görlitz", "Sachsen", ("02",), 51.153, 14.988, "continental", 20),
    ("Garmisch-Partenkirchen", "Bayern", ("82",), 47.492, 11.096, "alpine", 40),
    ("Bad Tölz", "Bayern", ("83",), 47.760, 11.557, "alpine", 30),
    ("Erfurt", "Thüringen", ("99",), 50.978, 11.029, "continental", 30),
)

BRANDS = (
    "Nordlauf",
    "Alpenwerk",
    "Isarfaden",
    "Hafenkante",
    "Grünschnitt",
    "Kiezkragen",
    "Waldsaum",
    "Stadtlinie",
    "Möwe & Mohn",
    "Pfützenfee",
    "Süntel",
    "Tagwerk",
)

# category -> subcategory -> (words for the product, usual price in euros)
GOODS = {
    "sport": {
        "running": ("Laufschuh Laufhose Laufshirt", 58),
        "fitness": ("Trainingshose Funktionsshirt Sport-BH", 36),
        "yoga": ("Yogahose Yogamatte", 40),
        "football": ("Trikot Fußballschuh", 45),
        "cycling": ("Radtrikot Radhose", 56),
    },
    "outdoor": {
        "hiking": ("Wanderhose Wanderschuh Rucksack", 84),
        "climbing": ("Kletterhose Kletterschuh", 72),
        "rainwear": ("Regenjacke Hardshelljacke", 99),
    },
    "women": {
        "dresses": ("Sommerkleid Strickkleid Wickelkleid", 56),
        "blouses": ("Bluse Tunika", 38),
        "knitwear": ("Strickjacke Wollpullover", 54),
        "trousers": ("Jeans Stoffhose", 52),
    },
    "men": {
        "shirts": ("Hemd Leinenhemd T-Shirt", 36),
        "knitwear": ("Rollkragenpullover Cardigan", 52),
        "trousers": ("Chino Cordhose", 50),
        "jackets": ("Übergangsjacke Wollmantel", 105),
    },
    "kids": {
        "clothing": ("Kinderjacke Kinderhose Kinderkleid", 25),
        "shoes": ("Kinderschuh Gummistiefel", 32),
        "school": ("Schulrucksack Turnbeutel", 40),
    },
    "baby": {
        "bodysuits": ("Babybody Strampler", 15),
        "sleeping_bags": ("Babyschlafsack", 34),
        "maternity": ("Umstandshose Stillkleid", 42),
    },
    "shoes": {
        "sneakers": ("Sneaker", 74),
        "boots": ("Stiefelette Winterstiefel", 94),
        "sandals": ("Sandale", 46),
    },
    "accessories": {
        "bags": ("Handtasche Umhängetasche", 62),
        "hats": ("Mütze Hut", 22),
        "scarves": ("Schal Seidentuch", 26),
        "belts": ("Gürtel", 28),
    },
}

QUALITY = (("basic", 0.65, 30), ("standard", 1.0, 45), ("premium", 1.55, 25))


@dataclass(frozen=True, slots=True)
class Kind:
    """What a customer is like; the kind itself is no column."""

    weight: int
    female: float  # share
    age: tuple[int, int, int]  # lowest, highest, usual
    income: tuple[int, int, int]
    orders: float  # in the shop's whole life
    goods: dict[str, float]
    interests: str
    values: str
    lifestyle: str
    homes: dict[str, float]
    open: float  # share of mails
    saves: float  # share of lines bought at a discount
    devices: dict[str, float]
    jobs: str
    pays: dict[str, float]


KINDS = {
    "sporty": Kind(
        weight=19,
        female=0.48,
        age=(18, 55, 30),
        income=(1400, 5200, 2600),
        orders=4.2,
        goods={
            "sport": 10,
            "shoes": 3,
            "outdoor": 2,
            "men": 1,
            "women": 1,
            "accessories": 1,
        },
        interests="running fitness yoga football cycling travel music",
        values="health adventure quality",
        lifestyle="active urban digital vegan",
        homes={"single": 4, "couple": 4, "shared": 2, "family": 1},
        open=0.40,
        saves=0.25,
        devices={"mobile": 6, "desktop": 2, "tablet": 1},
        jobs="employee engineer nurse",
        pays={"paypal": 7, "card": 2, "instalments": 1, "invoice": 1},
    ),
    "family": Kind(
        weight=20,
        female=0.62,
        age=(26, 52, 37),
        income=(1900, 6500, 3600),
        orders=4.0,
        goods={
            "kids": 9,
            "baby": 2,
            "women": 3,
            "men": 2,
            "shoes": 2,
            "outdoor": 1,
            "sport": 1,
        },
        interests="family cooking travel gardening hiking reading",
        values="family quality regional price",
        lifestyle="home_loving country active",
        homes={"family": 9, "couple": 1},
        open=0.50,
        saves=0.40,
        devices={"mobile": 5, "desktop": 3, "tablet": 2},
        jobs="employee teacher at_home",
        pays={"invoice": 4, "paypal": 4, "direct_debit": 2, "card": 1},
    ),
    "fashion": Kind(
        weight=19,
        female=0.80,
        age=(20, 48, 30),
        income=(1700, 6800, 3200),
        orders=4.4,
        goods={"women": 8, "shoes": 4, "accessories": 4, "men": 2, "sport": 1},
        interests="fashion design photography travel music reading",
        values="quality sustainability fairness status",
        lifestyle="urban trend_setter minimalist digital vegan",
        homes={"single": 5, "couple": 4, "shared": 2, "family": 1},
        open=0.45,
        saves=0.20,
        devices={"mobile": 6, "desktop": 3, "tablet": 1},
        jobs="employee manager teacher",
        pays={"card": 4, "paypal": 4, "instalments": 2, "invoice": 1},
    ),
    "student": Kind(
        weight=13,
        female=0.55,
        age=(18, 29, 23),
        income=(450, 1600, 900),
        orders=2.6,
        goods={"women": 3, "men": 3, "sport": 3, "shoes": 2, "accessories": 2},
        interests="gaming music fitness fashion technology travel",
        values="price sustainability fairness",
        lifestyle="urban digital vegan",
        homes={"shared": 6, "single": 3, "couple": 2},
        open=0.25,
        saves=0.70,
        devices={"mobile": 9, "desktop": 1},
        jobs="student",
        pays={"paypal": 6, "instalments": 3, "direct_debit": 1},
    ),
    "outdoor": Kind(
        weight=11,
        female=0.45,
        age=(24, 66, 43),
        income=(1700, 6200, 3400),
        orders=3.2,
        goods={"outdoor": 9, "sport": 3, "shoes": 2, "men": 1, "women": 1},
        interests="hiking climbing cycling photography travel gardening",
        values="sustainability adventure quality regional",
        lifestyle="active country minimalist",
        open=0.40,
        saves=0.25,
        homes={"couple": 4, "single": 3, "family": 3},
        devices={"desktop": 4, "mobile": 4, "tablet": 1},
        jobs="engineer self_employed",
        pays={"invoice": 3, "card": 3, "paypal": 3},
    ),
    "classic": Kind(
        weight=18,
        female=0.58,
        age=(48, 84, 63),
        income=(1300, 5200, 2500),
        orders=2.4,
        goods={"men": 5, "women": 5, "accessories": 2, "shoes": 2, "kids": 1},
        interests="gardening reading cooking travel music",
        values="tradition quality regional family",
        lifestyle="traditional home_loving",
        homes={"couple": 6, "single": 4},
        open=0.55,
        saves=0.30,
        devices={"desktop": 6, "tablet": 3, "mobile": 1},
        jobs="retired civil_servant craftsperson",
        pays={"invoice": 7, "direct_debit": 2, "card": 1},
    ),
}

HOME_SIZES = {"single": (1, 1), "couple": (2, 2), "family": (3, 6), "shared": (2, 5)}

CAMPAIGNS = (  # name, topic, the day it was sent (10:00 in Berlin, more or less)
    ("sommer_sale_2025", "sale", "2025-07-03"),
    ("laufen_im_herbst", "sport", "2025-09-11"),
    ("schulstart_2025", "kids", "2025-08-20"),
    ("nachhaltig_kleiden", "sustainability", "2025-10-07"),
    ("black_week_2025", "sale", "2025-11-24"),
    ("weihnachten_2025", "gifts", "2025-12-05"),
    ("winter_sale_2026", "sale", "2026-01-08"),
    ("neue_kollektion", "fashion", "2026-02-12"),
    ("frühlingserwachen", "fashion", "2026-03-10"),
    ("laufsaison_2026", "sport", "2026-03-26"),
    ("ostern_2026", "gifts", "2026-04-02"),
    ("wandern_2026", "outdoor", "2026-04-21"),
    ("muttertag_2026", "gifts", "2026-05-06"),
    ("sommer_vorschau", "fashion", "2026-05-26"),
)
