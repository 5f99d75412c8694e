"""Checked rules in, what is sure of them out: nobody, everybody, equal, implied.

A procedure of the domain: values fall into cells that no test tells apart, events into
kinds, and how many there are of each kind is a matter of linear arithmetic. What is
proved holds for every customer; what is refuted comes with one, and the reference
confirms it.
"""
