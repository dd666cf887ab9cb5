import curses
import dbm.gnu
import readline
import sys

from prompt_toolkit.document import Document

with dbm.gnu.open(sys.argv[1], "c") as orders:
    orders["tea"] = "2"
    print("dbm keeps", orders["tea"].decode())

readline.add_history("tea")
print("readline knows", readline.get_history_item(1))

curses.setupterm("xterm-256color")
print("curses knows", curses.tigetnum("colors"), "colours")
print("curses is of ncurses", curses.ncurses_version.major)
print("the word is", Document("tea biscuits").get_word_before_cursor())
