"""The layouts: where the furniture of each kind of room stands. Train and test share none."""

from __future__ import annotations

from collections.abc import Callable

from rooms.draft import Draft

Layout = Callable[[Draft], None]


def stove_wall_and_island(d: Draft) -> None:
    """Cooking: stoves along the far wall, one island before them."""
    d.size(5.4, 5.4)
    d.run("N", 0.3, ("stove", 2.4), ("steamer", 0.9), 0.1, ("crates", 0.6))
    d.run("W", 1.3, ("sink", 1.4), ("table", 1.3, 1))
    d.run("E", 1.0, "cabinet", 0.1, ("rack", 1.2))
    d.run("W", 1.5, ("wall_shelf", 1.6))
    d.island("table", -0.15, 0.05, 2.2, 0, 4)
    d.door = ("N", d.width / 2 - 0.75) if d.width > 6 else ("E", -d.depth / 2 + 1.5)
    d.stand("aisle-1", -0.9, 1.15, 90)
    d.stand("aisle-2", 1.4, -0.9, 180)


def stove_side_and_tables(d: Draft) -> None:
    """Cooking: stoves on the left, tables with food on the right, sinks at the far end."""
    d.size(4.6, 5.8)
    d.run("W", 1.9, ("stove", 2.5), 0.1, ("soup_stove", 0.8))
    d.run("N", 1.0, ("sink", 1.5), 0.1, ("bins", 0.5))
    d.run("E", 0.3, "cabinet", 0.1, ("table", 1.6, 3), ("table", 1.4, 2))
    d.run("E", 1.8, ("wall_shelf", 1.5))
    d.door = ("W", -d.depth / 2 + 0.95)
    d.stand("aisle-1", 0.1, 0.4, 180)
    d.stand("aisle-2", 0.1, -0.9, 180)


def two_islands_and_corner_stove(d: Draft) -> None:
    """Cooking, test: stoves in the far right corner, two islands across the room."""
    d.size(5.6, 5.2)
    d.run("E", 0.35, ("stove", 2.1), 0.1, ("soup_stove", 0.7))
    d.run("N", 0.4, "cabinet", 0.1, ("table", 1.5, 2), ("sink", 1.3))
    d.run("W", 2.0, ("rack", 1.1), 0.1, ("steamer", 0.8))
    d.island("table", -0.55, -0.1, 1.7, 90, 3)
    d.door = ("W", -d.depth / 2 + 0.95)
    d.stand("aisle-1", 0.7, 0.6, 0)
    d.stand("aisle-2", 0.6, -1.2, 180)


def plating_two_tables(d: Draft) -> None:
    """Plating: two tables one behind the other."""
    d.size(5.0, 5.2)
    d.run("N", 0.5, "cabinet", 0.15, ("table", 1.8, 2))
    d.run("E", 1.0, ("rack", 1.2), 0.2, ("trolley", 0.8))
    d.run("W", 2.6, ("handwash", 0.55), 0.2, ("table", 1.0, 1))
    d.island("table", -0.1, 0.1, 2.3, 0, 4)
    d.door = ("W", -d.depth / 2 + 1.2)
    d.stand("aisle-1", 1.5, -0.8, 180)
    d.stand("aisle-2", -1.0, -1.1, 90)


def plating_corner_counters(d: Draft) -> None:
    """Plating: counters along two walls that meet in a corner."""
    d.size(4.7, 4.9)
    d.run("N", 0.85, ("table", 1.5, 3), ("table", 1.4, 2))
    d.run("E", 0.95, ("table", 1.5, 2), 0.15, "cabinet")
    d.run("N", 1.0, ("wall_cabinet", 1.6))
    d.run("W", 2.0, ("trolley", 0.8))
    d.island("table", -0.3, 0.1, 1.3, 0, 2, both=False)
    d.door = ("W", -d.depth / 2 + 1.0)
    d.stand("aisle-1", 0.9, 0.6, 180)
    d.stand("aisle-2", 0.4, -1.0, 180)


def plating_long_table(d: Draft) -> None:
    """Plating, test: one long table down the room and counters at its head."""
    d.size(5.0, 5.6)
    d.run("N", 1.2, ("table", 1.6, 2), 0.1, "cabinet")
    d.run("W", 2.0, "cabinet", 0.15, ("rack", 1.0))
    d.run("E", 1.4, ("table", 1.4, 2))
    d.run("E", 1.4, ("wall_shelf", 1.2))
    d.island("table", -0.2, 0.0, 2.4, 90, 4)
    d.door = ("E", -d.depth / 2 + 1.1)
    d.stand("aisle-1", 1.1, -0.9, 180)
    d.stand("aisle-2", -1.3, -1.0, 90)


def sampling_counter_and_cabinets(d: Draft) -> None:
    """Sampling: a counter with boxes at the far wall, cabinets on the right."""
    d.size(4.2, 4.6)
    d.run("N", 0.7, ("table", 1.9, 2), 0.2, ("handwash", 0.5))
    d.run("E", 1.2, "cabinet", 0.1, "cabinet")
    d.run("W", 2.2, ("table", 1.3, 1))
    d.run("N", 0.9, ("wall_shelf", 1.2))
    d.door = ("W", -d.depth / 2 + 0.9)
    d.stand("aisle-1", 0.0, 0.4, 180)
    d.stand("aisle-2", 0.3, -0.8, 180)


def sampling_island(d: Draft) -> None:
    """Sampling: cabinets at the far wall, a table in the middle."""
    d.size(4.4, 4.8)
    d.run("N", 0.4, "cabinet", 0.1, "cabinet", 0.1, ("rack", 0.9))
    d.run("W", 2.4, ("sink", 1.2))
    d.run("E", 1.6, ("table", 1.2, 1))
    d.island("table", 0.0, 0.05, 1.7, 0, 2)
    d.door = ("S", -d.width / 2 + 0.9)
    d.stand("aisle-1", 1.2, -0.9, 180)
    d.stand("aisle-2", -1.1, -1.0, 180)


def sampling_side_table(d: Draft) -> None:
    """Sampling, test: one cabinet at each side of a counter, a small table to the left."""
    d.size(4.5, 4.5)
    d.run("E", 0.9, "cabinet", 0.1, ("table", 1.4, 2))
    d.run("N", 0.35, "cabinet", 0.1, ("sink", 1.2), ("table", 0.9, 1))
    d.run("W", 1.8, ("shelves", 1.0))
    d.run("E", 1.9, ("wall_cabinet", 0.9))
    d.door = ("W", -d.depth / 2 + 0.95)
    d.stand("aisle-1", 0.2, 0.6, 180)
    d.stand("aisle-2", -0.5, -0.6, 180)


def serving_straight_line(d: Draft) -> None:
    """Serving: a line across the room, servers behind it face the guests and the camera."""
    d.size(5.4, 5.2)
    d.run("N", 0.5, ("table", 1.6, 2), 0.1, ("steamer", 0.8), 0.1, "cabinet")
    d.run("E", 0.8, ("rack", 1.0))
    d.guarded_line(-0.45, 0.3, 3.0, 180, 6)
    d.door = ("E", -d.depth / 2 + 1.4)
    d.stand("aisle-1", 0.4, -0.9, 180)
    d.stand("aisle-2", -0.9, -0.9, 180)


def serving_side_line(d: Draft) -> None:
    """Serving: a line down the room, seen from its end."""
    d.size(4.8, 5.4)
    d.run("W", 2.2, ("table", 1.5, 2), 0.1, "cabinet")
    d.run("N", 0.9, ("sink", 1.1), 0.2, ("trolley", 0.8))
    d.guarded_line(0.0, 0.1, 2.5, -90, 5)
    d.door = ("E", -d.depth / 2 + 1.1)
    d.stand("aisle-1", 1.2, 0.3, -90)
    d.stand("aisle-2", 1.0, -0.8, -90)


def serving_two_lines(d: Draft) -> None:
    """Serving, test: two short lines that meet at a corner."""
    d.size(5.4, 5.3)
    d.guarded_line(-0.9, 0.2, 1.9, 180, 4)
    d.guarded_line(0.95, 0.9, 1.5, -90, 3)
    d.run("N", 0.5, ("table", 1.4, 1), 0.1, "cabinet")
    d.run("E", 0.5, ("rack", 0.9))
    d.door = ("E", -d.depth / 2 + 1.2)
    d.stand("aisle-1", 0.4, -0.9, 180)
    d.stand("aisle-2", -1.2, -1.0, 180)


def washing_row(d: Draft) -> None:
    """Dishwashing: sinks in a row, the machine on the right."""
    d.size(5.0, 5.0)
    d.run("N", 0.7, ("sink", 1.6), ("sink", 1.4), 0.1, ("bins", 0.6))
    d.run("E", 1.0, ("dish_machine", 1.0), ("table", 1.1, 1), 0.1, "cabinet")
    d.run("W", 2.0, ("rack", 1.2), 0.1, ("crates", 0.6))
    d.island("table", -0.1, -0.1, 1.6, 0, 2)
    d.door = ("W", -d.depth / 2 + 1.0)
    d.stand("aisle-1", 0.2, 0.9, 180)
    d.stand("aisle-2", 1.2, -0.7, 180)


def washing_corner(d: Draft) -> None:
    """Dishwashing: sinks and machine along two walls, a cabinet for clean ware."""
    d.size(4.6, 5.0)
    d.run("E", 0.9, ("sink", 1.7), ("table", 1.2, 2))
    d.run("N", 0.5, ("dish_machine", 0.9), ("table", 1.2, 1))
    d.run("N", 2.8, ("rack", 0.9))
    d.run("W", 2.1, "cabinet", 0.1, ("bins", 0.5), 0.1, ("crates", 0.6))
    d.door = ("S", -d.width / 2 + 0.9)
    d.stand("aisle-1", 0.0, 0.4, 90)
    d.stand("aisle-2", -0.2, -0.6, 180)


def washing_island(d: Draft) -> None:
    """Dishwashing, test: a double sink in the open and racks along the walls."""
    d.size(5.2, 4.9)
    d.run("N", 0.5, ("table", 1.4, 2), ("dish_machine", 0.9), 0.1, "cabinet")
    d.run("E", 1.1, ("rack", 1.2), 0.1, ("trolley", 0.8))
    d.island("sink", -0.3, -0.1, 1.7, 0, 0, both=False)
    d.run("W", 2.2, ("table", 1.2, 1))
    d.door = ("E", -d.depth / 2 + 1.0)
    d.stand("aisle-1", 1.3, -0.2, 180)
    d.stand("aisle-2", -1.0, 0.9, 90)


def store_shelves(d: Draft) -> None:
    """Store: shelves on two walls, sacks and crates, a table for weighing."""
    d.size(4.6, 4.8)
    d.run("N", 0.3, ("shelves", 1.5), ("shelves", 1.3), 0.1, "cabinet")
    d.run("W", 2.3, ("sacks", 1.2), 0.1, ("crates", 0.6))
    d.run("E", 1.4, ("table", 1.3, 1))
    d.door = ("W", -d.depth / 2 + 1.0)
    d.stand("aisle-1", 0.0, 0.9, 180)
    d.stand("aisle-2", -0.5, -0.4, 90)


def store_aisle(d: Draft) -> None:
    """Store: shelves on the long walls, fridges at the end."""
    d.size(4.2, 5.2)
    d.run("E", 0.5, ("shelves", 1.4), ("table", 1.2, 1))
    d.run("W", 2.0, ("shelves", 1.2), 0.1, ("crates", 1.2))
    d.run("N", 0.3, "cabinet", 0.1, "cabinet")
    d.run("S", 1.4, ("sacks", 1.0))
    d.door = ("E", -d.depth / 2 + 0.95)
    d.stand("aisle-1", 0.0, 0.6, 180)
    d.stand("aisle-2", 0.1, -0.4, 90)


def store_island(d: Draft) -> None:
    """Store, test: crates in the open, shelves and a cabinet round them."""
    d.size(4.8, 4.8)
    d.run("W", 1.9, ("shelves", 1.4), 0.1, "cabinet")
    d.run("N", 1.0, ("sacks", 1.3), 0.1, ("shelves", 1.2))
    d.run("E", 1.2, ("table", 1.4, 1), 0.1, ("bins", 0.5))
    d.island("crates", 0.0, 0.35, 1.0, 0, 0, both=False)
    d.door = ("E", -d.depth / 2 + 0.9)
    d.stand("aisle-1", -0.9, 1.0, 90)
    d.stand("aisle-2", 0.2, -0.7, 180)


LAYOUTS: dict[str, dict[str, tuple[Layout, ...]]] = {
    "train": {
        "cooking": (stove_wall_and_island, stove_side_and_tables),
        "plating": (plating_two_tables, plating_corner_counters),
        "sampling": (sampling_counter_and_cabinets, sampling_island),
        "serving": (serving_straight_line, serving_side_line),
        "dishwashing": (washing_row, washing_corner),
        "store": (store_shelves, store_aisle),
    },
    "test": {
        "cooking": (two_islands_and_corner_stove,),
        "plating": (plating_long_table,),
        "sampling": (sampling_side_table,),
        "serving": (serving_two_lines,),
        "dishwashing": (washing_island,),
        "store": (store_island,),
    },
}
