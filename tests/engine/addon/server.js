require("node:http").createServer((_, answer) => answer.end("well")).listen(8000);
