"""Small functions in Python and JavaScript, with holes in them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Program:
    """A small function. `⟦…⟧` in its text are holes: what stands there follows from the rest.

    `$f` is the function's name; the parameters and the other variables have names of their own, for
    which there are other choices in `VARIABLES`.
    """

    task: str
    """What it does, in choices: "adds two numbers|returns the sum of two numbers"."""
    names: str
    """What it may be called; the first name is the usual one."""
    parameters: str
    python: str
    javascript: str
    arguments: str
    """What an example calls it with."""


VARIABLES = {
    "a": "a x left first p m",
    "b": "b y right second q k",
    "n": "n number x num value n",
    "w": "width w width w width w",
    "h": "height h height h height h",
    "s": "name person user who friend name",
    "t": "text word string line sentence s",
    "l": "numbers items values data nums list",
    "e": "number item value entry num element",
    "r": "result total answer output outcome r",
    "c": "count found amount matches hits c",
    "i": "i index step j k i",
    "v": "wanted target needle goal searched v",
}
"""Names for each variable: one column of them is used at a time, the first one by default."""

PROGRAMS = (
    Program(
        "adds two numbers|returns the sum of two numbers|gives the sum of two numbers",
        "add plus sum_two add_numbers",
        "$a, $b",
        "    ⟦return ⟦$a + $b⟧⟧",
        "  ⟦return ⟦$a + $b⟧;⟧",
        "2, 3",
    ),
    Program(
        "subtracts two numbers|returns the difference of two numbers",
        "subtract minus difference",
        "$a, $b",
        "    ⟦return ⟦$a - $b⟧⟧",
        "  ⟦return ⟦$a - $b⟧;⟧",
        "7, 4",
    ),
    Program(
        "multiplies two numbers|returns the product of two numbers",
        "multiply times product",
        "$a, $b",
        "    ⟦return ⟦$a * $b⟧⟧",
        "  ⟦return ⟦$a * $b⟧;⟧",
        "3, 5",
    ),
    Program(
        "divides two numbers|divides one number by another",
        "divide quotient",
        "$a, $b",
        "    ⟦return ⟦$a / $b⟧⟧",
        "  ⟦return ⟦$a / $b⟧;⟧",
        "8, 2",
    ),
    Program(
        "doubles a number|returns twice a number",
        "double twice",
        "$n",
        "    ⟦return ⟦$n * 2⟧⟧",
        "  ⟦return ⟦$n * 2⟧;⟧",
        "4",
    ),
    Program(
        "squares a number|returns the square of a number",
        "square squared",
        "$n",
        "    ⟦return ⟦$n * $n⟧⟧",
        "  ⟦return ⟦$n * $n⟧;⟧",
        "5",
    ),
    Program(
        "returns the bigger of two numbers|finds the maximum of two numbers",
        "maximum bigger larger max_of_two",
        "$a, $b",
        "    if ⟦$a > $b⟧:\n        ⟦return $a⟧\n    ⟦return $b⟧",
        "  if (⟦$a > $b⟧) {\n    ⟦return $a;⟧\n  }\n  ⟦return $b;⟧",
        "4, 9",
    ),
    Program(
        "returns the smaller of two numbers|finds the minimum of two numbers",
        "minimum smaller lower min_of_two",
        "$a, $b",
        "    if ⟦$a < $b⟧:\n        ⟦return $a⟧\n    ⟦return $b⟧",
        "  if (⟦$a < $b⟧) {\n    ⟦return $a;⟧\n  }\n  ⟦return $b;⟧",
        "4, 9",
    ),
    Program(
        "returns the absolute value of a number",
        "absolute absolute_value without_sign",
        "$n",
        "    if ⟦$n < 0⟧:\n        ⟦return ⟦-$n⟧⟧\n    ⟦return $n⟧",
        "  if (⟦$n < 0⟧) {\n    ⟦return ⟦-$n⟧;⟧\n  }\n  ⟦return $n;⟧",
        "-3",
    ),
    Program(
        "checks if a number is even|tells whether a number is even",
        "is_even even",
        "$n",
        "    ⟦return ⟦$n % 2 == 0⟧⟧",
        "  ⟦return ⟦$n % 2 === 0⟧;⟧",
        "6",
    ),
    Program(
        "checks if a number is odd|tells whether a number is odd",
        "is_odd odd",
        "$n",
        "    ⟦return ⟦$n % 2 == 1⟧⟧",
        "  ⟦return ⟦$n % 2 === 1⟧;⟧",
        "7",
    ),
    Program(
        "checks if a number is positive|tells whether a number is positive",
        "is_positive positive",
        "$n",
        "    ⟦return ⟦$n > 0⟧⟧",
        "  ⟦return ⟦$n > 0⟧;⟧",
        "1",
    ),
    Program(
        "greets a person|says hello to a person|returns a greeting",
        "greet hello say_hello",
        "$s",
        '    ⟦return ⟦"Hello, " + $s⟧⟧',
        '  ⟦return ⟦"Hello, " + $s⟧;⟧',
        '"Anna"',
    ),
    Program(
        "computes the area of a rectangle|returns the area of a rectangle",
        "area rectangle_area",
        "$w, $h",
        "    ⟦return ⟦$w * $h⟧⟧",
        "  ⟦return ⟦$w * $h⟧;⟧",
        "2, 3",
    ),
    Program(
        "computes the perimeter of a rectangle|returns the perimeter of a rectangle",
        "perimeter rectangle_perimeter",
        "$w, $h",
        "    ⟦return ⟦2 * ($w + $h)⟧⟧",
        "  ⟦return ⟦2 * ($w + $h)⟧;⟧",
        "2, 3",
    ),
    Program(
        "adds up a list of numbers|returns the sum of a list|sums up all numbers of a list",
        "total sum_list sum_up",
        "$l",
        "    ⟦$r = 0⟧\n    ⟦for $e in $l:\n        ⟦$r += $e⟧⟧\n    ⟦return $r⟧",
        "  ⟦let $r = 0;⟧\n  ⟦for (const $e of $l) {\n    ⟦$r += $e;⟧\n  }⟧\n  ⟦return $r;⟧",
        "[1, 2, 3]",
    ),
    Program(
        "counts the items of a list|returns how many items a list has",
        "count_items how_many item_count",
        "$l",
        "    ⟦$c = 0⟧\n    ⟦for $e in $l:\n        ⟦$c += 1⟧⟧\n    ⟦return $c⟧",
        "  ⟦let $c = 0;⟧\n  ⟦for (const $e of $l) {\n    ⟦$c += 1;⟧\n  }⟧\n  ⟦return $c;⟧",
        "[1, 2, 3]",
    ),
    Program(
        "counts the even numbers of a list|returns how many numbers of a list are even",
        "count_even how_many_even",
        "$l",
        "    ⟦$c = 0⟧\n    for $e in $l:\n        if ⟦$e % 2 == 0⟧:\n            ⟦$c += 1⟧\n"
        "    ⟦return $c⟧",
        "  ⟦let $c = 0;⟧\n  for (const $e of $l) {\n    if (⟦$e % 2 === 0⟧) {\n      ⟦$c += 1;⟧\n"
        "    }\n  }\n  ⟦return $c;⟧",
        "[1, 2, 4]",
    ),
    Program(
        "finds the biggest number of a list|returns the maximum of a list",
        "biggest largest max_of_list",
        "$l",
        "    ⟦$r = $l[0]⟧\n    for $e in $l:\n        if ⟦$e > $r⟧:\n            ⟦$r = $e⟧\n"
        "    ⟦return $r⟧",
        "  ⟦let $r = $l[0];⟧\n  for (const $e of $l) {\n    if (⟦$e > $r⟧) {\n      ⟦$r = $e;⟧\n"
        "    }\n  }\n  ⟦return $r;⟧",
        "[3, 8, 5]",
    ),
    Program(
        "checks if a list has an item|tells whether an item is in a list",
        "contains has includes",
        "$l, $v",
        "    for $e in $l:\n        if ⟦$e == $v⟧:\n            ⟦return True⟧\n    ⟦return False⟧",
        "  for (const $e of $l) {\n    if (⟦$e === $v⟧) {\n      ⟦return true;⟧\n    }\n  }\n"
        "  ⟦return false;⟧",
        "[1, 2, 3], 2",
    ),
    Program(
        "computes the factorial of a number|returns the factorial of a number",
        "factorial fact",
        "$n",
        "    ⟦$r = 1⟧\n    for $i in ⟦range(1, $n + 1)⟧:\n        ⟦$r *= $i⟧\n    ⟦return $r⟧",
        "  ⟦let $r = 1;⟧\n  for (let $i = 1; ⟦$i <= $n⟧; $i++) {\n    ⟦$r *= $i;⟧\n  }\n"
        "  ⟦return $r;⟧",
        "5",
    ),
    Program(
        "returns the sign of a number|tells the sign of a number",
        "sign sign_of",
        "$n",
        "    if ⟦$n > 0⟧:\n        ⟦return 1⟧\n    if ⟦$n < 0⟧:\n        ⟦return -1⟧\n"
        "    ⟦return 0⟧",
        "  if (⟦$n > 0⟧) {\n    ⟦return 1;⟧\n  }\n  if (⟦$n < 0⟧) {\n    ⟦return -1;⟧\n  }\n"
        "  ⟦return 0;⟧",
        "-8",
    ),
    Program(
        "counts down from a number|prints a countdown from a number",
        "countdown count_backwards",
        "$n",
        "    while ⟦$n > 0⟧:\n        ⟦print($n)⟧\n        ⟦$n -= 1⟧",
        "  while (⟦$n > 0⟧) {\n    ⟦console.log($n);⟧\n    ⟦$n -= 1;⟧\n  }",
        "3",
    ),
    Program(
        "prints all items of a list|prints each item of a list",
        "print_all show_all",
        "$l",
        "    ⟦for $e in $l:\n        ⟦print($e)⟧⟧",
        "  ⟦for (const $e of $l) {\n    ⟦console.log($e);⟧\n  }⟧",
        "[1, 2, 3]",
    ),
    Program(
        "returns the first item of a list|gives the first item of a list",
        "first_of get_first head",
        "$l",
        "    ⟦return ⟦$l[0]⟧⟧",
        "  ⟦return ⟦$l[0]⟧;⟧",
        "[4, 5, 6]",
    ),
    Program(
        "returns the last item of a list|gives the last item of a list",
        "last_of get_last",
        "$l",
        "    ⟦return ⟦$l[-1]⟧⟧",
        "  ⟦return ⟦$l[$l.length - 1]⟧;⟧",
        "[4, 5, 6]",
    ),
    Program(
        "checks if a list is empty|tells whether a list is empty",
        "is_empty empty",
        "$l",
        "    ⟦return ⟦len($l) == 0⟧⟧",
        "  ⟦return ⟦$l.length === 0⟧;⟧",
        "[]",
    ),
    Program(
        "reverses a text|returns a text backwards|reverses a string",
        "reverse backwards",
        "$t",
        "    ⟦return ⟦$t[::-1]⟧⟧",
        '  ⟦return ⟦$t.split("").reverse().join("")⟧;⟧',
        '"moon"',
    ),
    Program(
        "returns the length of a text|tells how long a text is",
        "length text_length",
        "$t",
        "    ⟦return ⟦len($t)⟧⟧",
        "  ⟦return ⟦$t.length⟧;⟧",
        '"moon"',
    ),
)
