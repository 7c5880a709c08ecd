def run(line, results):
    pass
