"""The chains at the venue's edge: today a simulated one; services meet it through services.ports.Chain."""
