"""Sentences of the API in Chinese: English templates of the code → Chinese ones (zh.json), by Accept-Language."""
