"""What `--help` says below the options of each command."""

ABOUT = """\
Customer segments as code: rules that read aloud, checked and run on your data.

Commands work on a project: the folder with `segql.yaml`, here or further up.
"""

EXAMPLES = """\
examples:
  segql init shop.duckdb                     draft a project from live data
  segql check                                find every mistake in it
  segql fmt                                  write its rules in the one form
  segql run 'age 25..34 and city = "Berlin"' see who a rule finds
  segql run vip -o vip.csv                   write a segment's members to a file
  segql compile vip --dialect snowflake      the segment as SQL
  segql test                                 run its example customers
  segql prove implies vip regulars           prove it for every customer, or refute it
  segql doctor                               compare the catalog with the data
  segql diff main                            what changed since, and what it does
  segql verify --on local --on live          compare the members on two warehouses
  segql explain E201                         what a code means

`segql COMMAND --help` tells more about one of them.
exit codes: 0 all is well, 1 mistakes in a rule or the catalog, 2 a call that can't
work, 3 the data, the warehouse or the disk, 4 refuted, 5 unknown, 130 stopped with
Ctrl-C.
"""

WHAT = """\
WHAT is, whichever fits first, the name of one of the project's segments; a definition
file or a folder; a rule in quotes. So a rule that is only a name, and has the name of
a segment or a file, stands in parentheses: '(newsletter)'; and a file that has the
name of a segment is written with its folder: ./vip
"""

RUN = f"""\
{WHAT}
On a terminal the answer is a short table: how many, what share, the first members with
the attributes that the rule names. In a pipe it is the keys, one a line, as they come.
Files and all other formats hold the keys, and the attributes named by --with.
A folder gives one line per segment, as a table, CSV or JSON, and a partition one per
part; a part is named with it: lifecycle.new
Their members are found together, and written where -o names Parquet or a FOLDER/.

examples:
  segql run vip
  segql run 'bought("sport") in last 90 days >= 3' --as-of 2026-06-01T00:00
  segql run frequent_buyers --param n=6 --count
  segql run vip --with email,city -o vip.csv
  segql run vip | head
  segql run segments
  segql run segments -o members.parquet
  segql run segments --plan
  segql run lifecycle
  segql run vip --on live
"""

COMPILE = f"""\
{WHAT}
examples:
  segql compile vip
  segql compile vip --dialect snowflake --as-of 2026-06-01T00:00 -o vip.sql
"""

CHECK = """\
Without PATH: the project file, the catalog, and all definition files. How warnings are
taken is settled in segql.yaml under `warnings`; `# allow W203: why` silences one.
What was found before is kept in the user's cache folder: only what is new is checked.

exit codes: 0 no error, 1 an error (with --strict a warning, with --diff a change), 2 a
call that can't work, 3 the disk.

examples:
  segql check
  segql check segments/vip.seg
  segql check --strict                    warnings fail, too
  segql check --compare                   which segments have the same members
  segql check --fix                       put right what is sure; --diff only shows it
  segql check --statistics                how often each code was found
  segql check --format github             marks on the lines of a pull request
  segql check --format sarif -o segql.sarif
"""

TEST = """\
An example at the end of a file is a customer who must be in, or out. Each runs alone,
in plain Python: no warehouse is needed. One that fails is explained, condition by
condition: ✓ is true, ✗ is not, → is what decides.
Without PATH: all of the project's definition files.

--suggest proposes customers at the edges that no example shows, as lines to paste: the
reference has decided whether they are in; whether they should be, only you know.
--coverage tells which conditions no example decides, by being all that matters.

examples:
  segql test
  segql test segments/vip.seg
  segql test --suggest segments/vip.seg
  segql test --coverage
  segql test --warehouse --on live
  segql test --format junit > segments.xml
"""

FMT = """\
Files are written in place, where that changes them; comments and meaning stay. Without
PATH: all definition files of the project. A file with mistakes of grammar is left so.

examples:
  segql fmt
  segql fmt segments/vip.seg
  segql fmt --check           for CI: exit with 1, and name what would change
  segql fmt --diff            show what would change
  segql fmt - < rule.seg      from the standard input to the standard output
"""

INIT = """\
SOURCE is a DuckDB or SQLite file, a folder of Parquet, CSV or JSON files, or the URL of
a server, without a password in it; it is only read. Made are segql.yaml, catalog.yaml
and segments/; nothing that is there is overwritten.

examples:
  segql init shop.duckdb
  segql init data --zone Europe/Berlin
  segql init postgresql://db.example.com/shop --user analyst --password-env PGPASS
"""

DOCTOR = """\
Looks for columns that are missing or of another type, keys that repeat, cells that
can't be read, events of unknown customers, and more. The data is only read, and no
cell of it is shown.

examples:
  segql doctor
  segql doctor --as-of 2026-06-01T00:00
  segql doctor --on live
"""

DIFF = """\
WHAT is two rules: names of segments, definition files, or rules in quotes. Or it is
revisions of the whole project, as git has them:
  segql diff                   the last commit, and the files as they are
  segql diff main              another revision, and the files as they are
  segql diff v1 v2             two revisions; v1..v2 is the same
  segql diff main...           where this branch left main, and the files as they are
What is a segment, a file or a partition is never taken as a revision.

Told is what changed in words, and what it does: whether the new rule is provably
equal, wider (nobody leaves), narrower (nobody enters) or neither, with a customer who
enters or leaves. With --members, or --on, a warehouse counts them, and by which
condition: only keys are ever read out, and only with --show-keys or --keys.

examples:
  segql diff old/vip.seg vip
  segql diff 'age 25..34' 'age 25..39'
  segql diff vip vip_by_mail --members --as-of 2026-06-01T00:00
  segql diff main... --format markdown
  segql diff v1..v2 --only lifecycle --only segments/mail
exit codes: 0 nothing differs in meaning, 1 something does, or may, 2 a call that can't
work, 3 the data, the warehouse or the disk.
"""

VERIFY = """\
WHAT is as for `segql run`, a folder or a partition too, and may be repeated; without
it, all of the project's segments are compared. Both connections stand by name in
`segql.yaml`, under `connections`, and share the catalog.

For some of the customers who are members on one side alone it is told why: which
attributes, figures or events differ, by their names. What stands in the data is shown
only with --show-values.

examples:
  segql verify --on local --on live
  segql verify vip --on local --on live --as-of 2026-06-01T00:00
  segql verify 'bought >= 3' --on local --on live --show-values
"""

PROVE = """\
CLAIM is one of
  empty RULE           nobody can be a member
  everyone RULE        everybody is a member
  equal RULE RULE      both have the same members
  implies RULE RULE    whoever is a member of the first is one of the second
  disjoint RULE RULE   nobody is a member of both
  partition RULE …     everybody is a member of exactly one; or the file of a partition,
                       whose parts are then taken as they are written: it says whether
                       their order matters

RULE is a rule in quotes, a segment's name or a definition file. The answer is about
every customer that the catalog allows and every `as of`, not about the data. It begins
with one of three words, which the exit code says, too:
  proved   0
  refuted  4   with a customer who shows it
  unknown  5   with what stood in the way

examples:
  segql prove empty 'age > 40 and age < 30'
  segql prove implies 'bought in last 30 days' 'bought in last 90 days'
  segql prove disjoint vip lifecycle.new
  segql prove partition lifecycle
"""

EXPLAIN = """\
examples:
  segql explain E201
  segql explain W203
"""
