"""The engine: arq rings, rows say what is due. The only folder that imports arq."""
