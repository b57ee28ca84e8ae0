"""The words of the exchange: money, instruments, commands, events. No behaviour that needs a clock, a store or a wire."""
