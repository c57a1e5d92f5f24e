"""Names as people in Indonesia bear them: Javanese, Sundanese, Balinese, Batak, Chinese-Indonesian,
Arabic, Minang, Bugis, Moluccan and Papuan ones; with and without a family name, and single ones."""

from random import Random

from services.demo.lists import phrases, words

JAVANESE_MEN = words(
    "Agus Budi Bambang Slamet Joko Sugeng Wahyu Eko Dwi Tri Hendro Suryo Bagus Aji Dimas Galih "
    "Rizky Arif Yoga Teguh Heru Gatot Sutrisno Widodo Anang Bayu Danang Fajar Guntur Hariyanto"
)
JAVANESE_WOMEN = words(
    "Siti Sri Dewi Endang Ratna Wulan Ayu Rini Yuni Retno Lestari Ningsih Indah Puspita Kartika "
    "Anggraini Fitri Sari Astuti Rahayu Wahyuni Larasati Dyah Tuti Mulyani Nur Widya Intan Citra"
)
JAVANESE_LAST = words(
    "Santoso Wibowo Nugroho Prasetyo Susanto Setiawan Hidayat Kurniawan Saputra Utomo Purnomo "
    "Hartono Raharjo Sutanto Wijayanto Handoko Prabowo Suryadi Cahyono Mulyono Widjaja Pranoto"
)
SUNDANESE = words(
    "Asep Ujang Dadang Cecep Euis Neneng Tatang Iis Yayan Enok Deden Elis Iwan Nenden"
)
SUNDANESE_LAST = words("Sutisna Kosasih Supriatna Suryana Hermawan Ruhiyat Komara Sopandi Nurjaman")
BALINESE_BIRTH = phrases(
    "I Wayan|I Made|I Nyoman|I Ketut|Ni Wayan|Ni Made|Ni Nyoman|Ni Ketut|I Gede|Ni Luh|"
    "I Gusti Ngurah"
)
BALINESE = words(
    "Sudiarta Suartini Adnyana Artawan Sukerti Widnyana Mahendra Parwati Suardana Yasa Sutama "
    "Astiti Darmawan Kusuma Pradnyani Wirawan Sumerta Ariani Budiasa Arimbawa"
)
BATAK = words("Tigor Sahat Rotua Parlindungan Tiurma Hotman Lamtiur Poltak Saur Maruli Rosmaida")
CHRISTIAN = words(
    "Maria Yohanes Petrus Theresia Andreas Agnes Stefanus Kristina Daniel Martha Paulus Ruth "
    "Markus Debora Yosef Natalia Elisabeth Samuel"
)
BATAK_CLANS = words(
    "Hutapea Siregar Simanjuntak Nasution Panjaitan Sitompul Harahap Lubis Sinaga Tampubolon "
    "Manurung Situmorang Pardede Hutabarat Silalahi Nainggolan Marpaung Ginting Tarigan Sembiring"
)
CHINESE_GIVEN = words(
    "Lily Hendra Meilani Kevin Jessica Robert Yuliana Felicia Steven Susan Vincent Melissa Andi "
    "Cynthia William Fenny Jimmy Grace Rudy Vivian Hartanto Angelina"
)
CHINESE_LAST = words(
    "Tan Lim Wijaya Halim Gunawan Tanuwijaya Salim Kusuma Liem Oei Hartono Sutanto Budiman Chandra "
    "Susilo Gozali Lukito Setiadi Tjandra Kwee"
)
ARABIC_MEN = words(
    "Muhammad Ahmad Abdul Hasan Umar Yusuf Ibrahim Ali Zainal Fauzan Ridwan Syarif Hamzah Faisal"
)
ARABIC_WOMEN = words(
    "Nurul Aisyah Khadijah Fatimah Zahra Salma Aminah Hafizah Maryam Rahma Latifah Halimah"
)
ARABIC_LAST = words(
    "Rahman Hakim Maulana Firdaus Alatas Shihab Basyarahil Assegaf Syahputra Ramadhan Aziz Wahid "
    "Fadhilah Azzahra Ihsan Anwar Siddiq Arifin"
)
MINANG = words("Rasyid Chaniago Sikumbang Tanjung Piliang Koto Melayu Guci Jambak Caniago")
BUGIS = words("Andi Daeng Baso Besse Tenri Ambo Indo La")
BUGIS_LAST = words("Mappanyukki Pangerang Amiruddin Tenriawaru Patarai Makkasau Arung Sulolipu")
EASTERN_LAST = words(
    "Pattinasarany Latuconsina Tuhuteru Matulessy Wenda Kogoya Tabuni Rumbiak Wanggai Mandacan "
    "Lengkong Sumual Rumengan Kalalo Nenobais Dacosta Bria Taek"
)
SINGLE = words(
    "Sukarni Suharto Sumiyati Paijo Parno Wagiman Tukinem Sutinah Mulyadi Suparmi Kasimin Sarinem "
    "Yatno Darsono Jumiati Painem Sugiyem Warsito Samsuri Rohayati"
)

KINDS = (
    "javanese",
    "arabic",
    "chinese",
    "sundanese",
    "batak",
    "balinese",
    "single",
    "minang",
    "eastern",
    "bugis",
)
SHARES = (36, 17, 11, 9, 7, 6, 5, 4, 3, 2)
HONORIFICS = ("H. ", "Hj. ", "Dr. ", "Ir. ")


def full_name(random: Random) -> str:
    """Somebody's name."""
    kind = random.choices(KINDS, SHARES)[0]
    name = MAKERS[kind](random)
    return random.choice(HONORIFICS) + name if random.random() < 0.03 else name


def respelled(name: str, random: Random) -> str:
    """The same name as somebody else would type it: another spelling, initials, no capitals."""
    old = name
    for modern, older in SPELLINGS:
        if modern in old and random.random() < 0.6:
            old = old.replace(modern, older, 1)
    if old != name:
        return old
    parts = name.split()
    choice = random.randrange(4)
    if choice == 0 and len(parts) > 1:
        return f"{parts[0]} {parts[-1][0]}."
    if choice == 1 and len(parts) > 2:
        return f"{parts[0]} {parts[-1]}"
    return name.lower() if choice == 2 else name


SPELLINGS = (
    ("Muhammad", "Muh."),
    ("Sutrisno", "Soetrisno"),
    ("Suryo", "Soerjo"),
    ("Widjaja", "Wijaya"),
    ("Wijaya", "Widjaja"),
    ("Yuni", "Juni"),
    ("Joko", "Djoko"),
    ("Cahyo", "Tjahjo"),
    ("Su", "Soe"),
    ("Nur", "Noor"),
    ("Rizky", "Rizki"),
    ("Aisyah", "Aisha"),
    ("Ni Luh", "Luh"),
    ("I Made", "Made"),
    ("I Wayan", "Wayan"),
)


def _javanese(random: Random) -> str:
    first = random.choice(JAVANESE_MEN if random.random() < 0.5 else JAVANESE_WOMEN)
    middle = random.choice(JAVANESE_MEN + JAVANESE_WOMEN) if random.random() < 0.3 else ""
    return " ".join(filter(None, (first, middle, random.choice(JAVANESE_LAST))))


def _arabic(random: Random) -> str:
    first = random.choice(ARABIC_MEN if random.random() < 0.5 else ARABIC_WOMEN)
    return f"{first} {random.choice(ARABIC_LAST)}"


def _chinese(random: Random) -> str:
    return f"{random.choice(CHINESE_GIVEN)} {random.choice(CHINESE_LAST)}"


def _sundanese(random: Random) -> str:
    return f"{random.choice(SUNDANESE)} {random.choice(SUNDANESE_LAST)}"


def _batak(random: Random) -> str:
    return f"{random.choice(BATAK + CHRISTIAN)} {random.choice(BATAK_CLANS)}"


def _balinese(random: Random) -> str:
    return f"{random.choice(BALINESE_BIRTH)} {random.choice(BALINESE)}"


def _single(random: Random) -> str:
    return random.choice(SINGLE)


def _minang(random: Random) -> str:
    return f"{random.choice(ARABIC_MEN + ARABIC_WOMEN)} {random.choice(MINANG)}"


def _eastern(random: Random) -> str:
    return f"{random.choice(CHRISTIAN)} {random.choice(EASTERN_LAST)}"


def _bugis(random: Random) -> str:
    return f"{random.choice(BUGIS)} {random.choice(BUGIS_LAST)}"


MAKERS = {
    "javanese": _javanese,
    "arabic": _arabic,
    "chinese": _chinese,
    "sundanese": _sundanese,
    "batak": _batak,
    "balinese": _balinese,
    "single": _single,
    "minang": _minang,
    "eastern": _eastern,
    "bugis": _bugis,
}
