"""The words of the tables that `pdf_tables_made.py` sets; it does not know how they are set."""

import re

Rows = list[list[str]]


def rows_of(text: str) -> Rows:
    """Return the cells of each line, parted by bars; a line that is set in goes on with its row."""
    lines = re.sub(r"\n +", " ", text.strip()).split("\n")
    return [[cell.strip() for cell in line.split("|")] for line in lines]


INTRO = "This sheet was made by the town office in May and lists what every officer does."
OUTRO = "The sheet is checked again by the mayor at the end of the year."
OFFICERS = rows_of("""
Name | Duties | Salary
Anna Kern | Keeps the key of the vault and opens it every Monday morning for the guards of the town
    | 4500
Tom Reed | Counts the coins | 3900
Lou Frey | Writes the report for the mayor at the end of each month, checks the lists of the
    guards, and brings both to the town hall before noon | 4100
Ida Roth | Paints signs | 2800
Max Bohn | Repairs the clocks of the two towers and of the school | 3300
""")
MEASURES = rows_of("""
Measure | Unit | 2022 | 2023
Net revenue from contracts with customers in the home market | million | 120 | 131
Staff costs | million | 44 | 47
Depreciation of plant and equipment and of rights of use | million | 12 | 13
Interest paid | million | 3 | 4
Share of profit of associated companies and joint ventures after tax | million | 7 | 9
""")
REMARKS = rows_of("""
Code | Status | Remark
A17 | open | The pump was replaced in March and must be watched for a year by the works
B02 | closed | No remark
C33 | open | Leaks at the lower valve, a new seal was ordered from the maker in Basel and comes in
    June
D48 | waiting | Paid in part
E09 | closed | Sold to the neighbour for scrap in the autumn
""")
PROJECTS = rows_of("""
Project | Lead | Aim | Budget
Renewal of the old harbour wall | Anna Kern
    | Protects the lower town from floods in spring and lets ships land | 75,000
Town library | Tom Reed and Ida Roth of the culture office | Longer hours | 8,200
Bicycle path along the river to the mill | Lou Frey
    | Fewer cars in the narrow streets of the centre during the market | 41,500
Playground | Max Bohn | New swings | 5,000
Roof of the school and of the gymnasium | Eva Lang, deputy of the works office
    | Dry rooms and lower costs of heating for the school from next winter on | 66,300
""")
STATES = ("running", "planned", "on hold until the council votes", "done", "running")
WIDE = rows_of("No | Project | Lead | Start | End | Aim | State | Budget") + [
    [str(n), project, lead, f"{n}.3.2024", f"{n}.9.2025", aim, state, budget]
    for n, ((project, lead, aim, budget), state) in enumerate(
        zip(PROJECTS[1:], STATES, strict=True), 1
    )
]
GAPS = rows_of("""
Item | Note | Qty | Discount | Price
Oak table | Delivered in two parts by the carrier on Tuesday | 2 | | 410.00
Chair | | 8 | 5% | 320.00
Lamp | With a shade of green glass from Murano | | | 95.00
Carpet | | 1 | 10% | 700.00
""")
LONG_NAMES = rows_of("""
Name of the officer | Date of first appointment | Yearly pay in francs | Place of work
Anna Kern | 4 May 2011 | 54,000 | Basel
Tom Reed | 1 June 2015 | 46,800 | Bern
Lou Frey | 9 March 2018 | 49,200 | Chur
""")
GATE = "The keeper of gate {} watches the street and writes each cart into the book."
CLAUSES = [["Clause", "What it says", "Fee"]] + [
    [f"Rule {n}", " ".join([GATE.format(n)] * times), str(100 + n)]
    for n, times in ((1, 7), (2, 1), (3, 9), (4, 12), (5, 6), (6, 5))
]
MANY_OFFICERS = [["Name", "Duties", "Salary"]] + [
    [f"Officer {chr(65 + n)}", OFFICERS[1 + n % 5][1], str(2000 + 37 * n)] for n in range(26)
]
INVOICE = rows_of("""
Description | Qty | Unit price | Total
Consulting for the renewal of the harbour wall, March to May, by two engineers
    | 12 | 140.00 | 1,680.00
Travel | 1 | 85.50 | 85.50
Survey of the sea bed with a boat and three divers | 2 | 900.00 | 1,800.00
| | Subtotal | 3,565.50
| | VAT 8% | 285.24
| | Total | 3,850.74
""")
STATEMENT = rows_of("""
Date | Description | Debit | Credit | Balance
02.05.2024 | Card payment<br/>COOP BASEL 4417<br/>Ref 88213 | 45.20 | | 1,954.80
03.05.2024 | Salary<br/>Town of Basel | | 4,500.00 | 6,454.80
06.05.2024 | Cash withdrawal | 200.00 | | 6,254.80
07.05.2024 | Standing order<br/>Rent May<br/>Frey Estates<br/>IBAN CH93 0076 | 1,450.00 | | 4,804.80
| Closing balance | | | 4,804.80
""")
BULLETS = rows_of("""
Team | Duties
Harbour | • keeps the lamps<br/>• counts the ships<br/>• opens the gate at dawn
Market | • collects the rent
School | • heats the rooms<br/>• rings the bell
""")
REGIONS = rows_of("""
Region | City | 2022 | 2023
North | Basel | 12 | 14
| Olten | 7 | 8
| Aarau | 5 | 6
South | Lugano | 9 | 11
| Locarno | 4 | 3
""")
TWO_HEADER_ROWS = rows_of("""
Country | Income | | Costs |
| 2022 | 2023 | 2022 | 2023
Spain | 10 | 12 | 8 | 9
Italy | 20 | 22 | 17 | 18
Malta | 3 | 4 | 2 | 3
""")
SECTIONS = rows_of("""
Service | Details | Price
Hair | |
Cut | Wash, cut and dry for short hair, about half an hour | 45
Colour | One shade | 80
Nails | |
Manicure | Shape and polish in any of our forty shades | 35
Pedicure | Bath | 50
""")
ROOMS = rows_of("""
Room | Seats | Rent | Key holder
Hall | 200 | 350 | Ida Roth
Cellar | 40 | 90 | Max Bohn
Attic | 15 | 60 | Eva Lang
""")
LESSONS = rows_of("""
Time | Monday | Tuesday | Wednesday
08:00 | Mathematics with Mr Frey | German | Chemistry in the laboratory
09:00 | | History of the town and its trades | Chemistry
10:00 | Sports | | Music
11:00 | English, second group, with Ms Lang | Biology |
""")
RISKS = rows_of("""
Risk | Cause | Answer
Flood of the lower cellar rooms | The pumps are old and stop when the power fails
    | New pumps with their own motor by June
Theft | The back door is not locked at night by the cleaners
    | A lock that closes by itself, and a camera over the door
Loss of the old registers in a fire | No copies | Scan them
""")
DATA_SHEET = rows_of("""
Power supply | 230 V, 50 Hz, through the delivered adapter only
Weight | 4.2 kg
Permitted temperature of the surroundings | 5 to 35 degrees
Warranty | Two years from the day of purchase, parts and work, not for seals and filters
Noise | 38 dB
""")
PUMPS = rows_of("""
Pump | Flow | Price
P1 for clean water of wells and cisterns | 40 l | 210
P2 | 60 l | 290*
P3 with float switch | 80 l | 380
""")
PAY = rows_of("""
Name | Pay | Place | Since
Anna Kern | 54,000 | Basel | 4 May 2011
Tom Reed | 46,800 | Bern | 1 June 2015
Lou Frey | 149,200 | Chur | 9 March 2018
Ida Roth | 8,100 | Genf | 2 July 2020
""")
SENTENCES = rows_of("""
Requirement | Answer of the supplier
The pump must run for ten hours without a break and must not be louder than forty decibels at a
    distance of one metre. | Fulfilled. The pump runs for fourteen hours and reaches thirty-eight
    decibels, as measured by the institute in Bern.
The supplier keeps spare parts for ten years after the last delivery. | Fulfilled in part. Seals are
    kept for ten years, motors for seven years, and other parts as long as the stock lasts.
The supplier names a person who can be reached by telephone on every working day from seven in the
    morning on. | Ida Roth, from eight on.
The price holds for two years from the day of the offer and contains the delivery to the works in
    Basel and all duties. | Fulfilled. The price holds until May 2026. It contains the delivery, but
    not the unloading with a crane at the works.
""")
GLOSSARY = rows_of("""
Term | Meaning
Keeper | The officer who holds the key of the vault and opens it on Mondays.
Deputy keeper of the seal | Who stands in for the keeper of the seal when that one is ill, abroad or
    at another post, for sixty days in a year at most.
Fair | The market in May.
Guild of the boatmen and fishers | A body of 1412 that elects two of the nine members of the
    council, one of whom is its master.
""")
ITEMS = rows_of("""
Item | Qty | Price
Oak table<br/>Made by hand, 180 x 90 cm, oiled, delivered in two parts | 1 | 410.00
Chair<br/>Set of four | 4 | 320.00
Lamp | 2 | 95.00
""")
WORKS = rows_of("""
Description | Qty | Price
Renewal of the harbour wall from March to May with two engineers | 12 | 1,680.00
Travel | 1 | 85.50
Survey of the sea bed with a boat and three divers | 2 | 1,800.00
""")
SHIPS = rows_of("""
Ship | Port | Load
Aurora | Basel | salt
Minna | Mainz | wine
Otter | Speyer | stones
""")
KEEPERS = rows_of("""
Keeper | Year | Reason of leaving
Anna Kern | 2011 | retired
Tom Reed | 2015 | moved to Bern
""")
HOURS = rows_of("""
Day | Opening hours | Note
Monday | 8 to 12 | Closed on the first Monday of the month for the count of the coins
Tuesday to Thursday | 8 to 17 |
Friday | 8 to 12 and 13 to 19 | Long day
Saturday | closed |
""")
TASKS = rows_of("""
Group | Task | Owner
Harbour | Keep the lamps and the chains in order all through the winter | Anna Kern
| Count the ships | Tom Reed
| Open the gate at dawn and close it at dusk | Lou Frey
Market | Collect the rent | Ida Roth
| Clean the square after each market day before night | Max Bohn
""")
VAULT = (
    "The town keeps a vault below the hall. It was built by Otto Frey in 1911 and holds the papers "
    "of the council, the coins of the fair and the old seals. Three officers have a key. They meet "
    "on Mondays and open it together, as the rule of 1920 asks for. Nobody else may enter."
)
POSTS = rows_of("""
2018 – today | Head of Works, Town of Basel<br/>Leads forty people and a budget of nine million.
    Renewed the harbour wall.
2014 – 2018 | Engineer, Frey and Sons<br/>Planned three bridges in the Jura and looked after their
    building until the end.
2011 – 2014 | Assistant, ETH Zurich<br/>Taught statics.
""")
LANGUAGES = rows_of("""
German | mother tongue
French | fluent, C1
Italian | basic, A2
""")
DISHES = rows_of("""
Soup of the day | 8.50
Trout from the lake | 29.00
Goulash | 24.00
Cheese fondue for two | 52.00
Apple pie | 9.00
""")
WITH_DISHES = {
    "Trout from the lake": "with butter, potatoes and a salad of the season",
    "Cheese fondue for two": "with bread and pickles, from October to April only",
}
INCOME = rows_of("""
| 2023 | 2022
Revenue | 1,204 | 1,131
Cost of goods sold and of services rendered to customers | (844) | (801)
Gross profit | 360 | 330
Costs of selling | 120 | (110)
Share of loss of associated companies, after tax | (7) | —
Net income | 233 | 220
""")
