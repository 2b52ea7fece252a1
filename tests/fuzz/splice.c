/*
 * Any outputs, put into any document: tests/unit/splice.h says what must be true.
 *
 * An input is a document and, each behind an RS, what its cells print.
 */
#include "tests/fuzz/fuzz.h"

#include "tests/unit/splice.h"

enum { MOST_TEXTS = 64, SEPARATOR = 0x1e };

#ifndef LIBFUZZER

#define ANY(list)	str_of((list)[any(sizeof (list) / sizeof *(list))])

static void
any_output(struct buf *to)
{
	static const char *const parts[] = {
		"\n", "\n", "\n", "\n\n", "\n\n\n", "\r", "\r\n", "\t", "\t\t", " ", "    ", "     ",
		"-->", "--", "---\n", "---\ntitle: x\n---\n", "- ", "1. ", "> ", ">", "# ", "===\n", "=\n",
		"```", "~~~", "````", "```\n", "~~~\n", "``` \n", "    ```\n", "```output\n", "~~~output\n",
		"```c\nint x;\n```\n", "```c {name=a}\nint x;\n```\n", "```output-stderr", "```output-error\n",
		"output", "output-error", "<!-- skein:begin -->\n", "<!-- skein:end -->\n", "<!-- skein: cell\n",
		"<!-- skein: name=x -->\n", "<!--", "<?", "?>", "<![CDATA[", "]]>", "<script>\n", "</script>\n", "<pre>\n",
		"</pre>\n", "<div>\n", "</div>", "&amp;", "&#10;", "[x]: /y\n", "\\", "\\\n", "<<a>>", "<<a>>=\n",
		"$ ls\n", "> more\n", "$", "[1]\n", "[255]\n", "\\$ x\n", " (no-eol)", "...\n", "[..]", "... 3 more lines\n",
		"!!! note\n", "??? x\n", "=== \"T\"\n", "word", "line 4: x\n", "crashed: y\n", "exit status 3\n", ":::\n", "$$\n",
		"\033[31m", "\033[0m", "\033", "\033[A", "\033[2A", "\033[B", "\033[K", "\033[3D", "\033[7C", "\033[4G",
		"\033[J", "\033[H", "\033[2J", "\033]0;`\a", "\033[", "\033]8;;http://x\033\\", "\b", "\f", "\v", "\a", "\177",
		"\303\251", "\303", "\377", "\302\205", "\302\233", "\302\240```", "\342\200\256", "\342\200\250", "\342\201\246",
		"\357\273\277", "\357\273\277---\n", "\355\240\200", "\364\220\200\200", "\360\237\230\200", "\\x60",
	};
	static const uint32_t runs[] = { 1, 2, 3, 4, 5, 20, 127, 128, 253, 254, 255, 256, 257, 300, 511, 512, 513 };

	for (uint32_t n = any(12); n > 0; n--) {
		switch (any(8)) {
		case 0:
			buf_byte(to, (char)any(256));
			break;
		case 1:
			buf_fill(to, any(2) ? '`' : '~', runs[any(sizeof runs / sizeof *runs)]);
			break;
		case 2:
			buf_byte(to, '\0');
			break;
		default:
			buf_add(to, ANY(parts));
		}
		if (any(4) == 0)
			buf_byte(to, '\n');
	}
	if (now_and_then(4000))		/* a long line, and many of them */
		buf_fill(to, any(2) ? '`' : 'x', 1 << 20);
	if (now_and_then(2000))
		for (uint32_t n = 300 + any(300); n > 0; n--)
			buf_add(to, STR("```\n"));
}

/* Blocks whose lines end as the document's do. */
static const char *const blocks[] = {
	"text\n", "# head\n", "\n", "\n", "\n\n", "---\n", "<div>\n", "text\n===\n", "  \n", "\xE9\n", "[x]: /y\n",
	"<!-- skein: std=c17 -->\n", "| a | b |\n|---|---|\n", "</div>\n\n",
	"```c\nint x;\n```\n", "```c\nint x;\n```\n", "```c\nint x;\n```\n", "~~~c\n```\n~~~~\n",
	"```c {#a session=none args=\"x y\"}\nint x;\n```\n", "```{c}\n//| timeout: 3s\nint x;\n```\n",
	"```c\n<<a>>\n```\n", "```c {file=b.c}\nint b;\n```\n", "```c {name=a}\nint a;\n```\n", "``` {.c #n}\nx;\n```\n",
	"  `````c\n  x;\n ````` \t\n", "```\nlisting\n```\n", "    indented\n", "```c,ignore\nint y;\n```\n",
	"```c\n\tx;\n\n\n\ty;\n```\n", "~~~~~~~~c++\nint x;\n~~~~~~~~\n",
	"<!-- skein: cell name=s\nint h;\n-->\n", "<!-- skein: cell\nint h;\n-->\n\n```output\nold\n```\n",
	"<!-- skein: name=z -->\n```c\nint h;\n```\n",
	"```console {.run}\n$ echo a\na\n$ false\n[1]\n```\n", "```console {.run}\n$ cat <<E\n> x\n> E\nx\n\n$ b\n```\n",
	"- l\n  ```console {.run}\n  $ a\n  b\n  ```\n", "~~~console {.run name=con}\n$ a \\\nb\nout\n~~~\n", "> ```console {.run}\n> $ a\n> ```\n",
	"```output\nstray\n```\n", "```output\nopen\n\n", "```c\nx;\n```\n```output\nold\n",
	"```c\nx;\n```\n\n```output\nold\n```\n", "```c\nx;\n```\n```output-error\nline 4\n```\n",
	"```c\nx;\n```\n\n\n````output-stderr\n```\n````\n\n~~~output\nold \n~~~\n",
	"```c\nx;\n```\n\n<!-- skein:begin -->\n\n| a |\n|---|\n\n<!-- skein:end -->\n",
	"```c\nx;\n```\n\n```output\na\n```\n\n<!-- skein:begin -->\n```c {file=x.c}\n```\n<!-- skein:end -->\n",
	"```c\nx;\n```\n\n<!-- skein:begin -->\n", "<!-- skein:end -->\n", "<!-- skein:begin -->\ntext\n<!-- skein:end -->\n",
	"- a\n  ```c\n  x;\n  ```\n  <!-- skein:begin -->\n  ![a](b.svg)\n  <!-- -->\n  b\n  <!-- skein:end -->\n- b\n",
	"> ```c\n> x;\n> ```\n> <!-- skein:begin -->\n> <b>\n>\n> <!-- skein:end -->\n> b\n",
	"```c\nx;\n```\n\n```output\na\n```\n\n```output\nb\n```\n", "```c\nx;\n```\n\n```output\na\n``` x\n```\n```\n",
	"- a\n  ```c\n  x;\n  ```\n- b\n", "1. a\n\n   ```c\n   x;\n   ```\n\n2. b\n", "10) ```c\n    x;\n    ```\n",
	"- ```c\n  x;\n  ```\n", "-\ta\n\n\t```c\n\tx;\n\t```\n", "- a\n\n\t```c\n\tx;\n\t```\n", "-    ```c\n     x;\n     ```\n",
	"1. a\n\n\t```c\n\tx;\n\t```\n\ttext\n", "* a\n  * b\n    ```c\n    x;\n    ```\n  * c\n", "- a\n  ```c\n  x;\n  ```\nlazy\n",
	"- a\n  ```c\n  x;\n  ```\n  ```output\n  old\n  ```\n- b\n", "- a\n  ```c\n  x;\n  ```\n\n  ```output\n  old\n  ```\n- b\n",
	"> ```c\n> x;\n> ```\n", ">```c\n>x;\n>```\n", ">\t```c\n>\tx;\n>\t```\n", "> ```c\n> x;\n> ```\nlazy\n",
	"> a\n> ```c\n> x;\n> ```\n> b\n", "> - a\n>   ```c\n>   x;\n>   ```\n> - b\n", ">   ```c\n>   x;\n>   ```\n",
	"- > ```c\n  > x;\n  > ```\n", "> > ```c\n> > x;\n> > ```\n", "> 1. > ```c\n>    > x;\n>    > ```\n",
	"> ```c\n> x;\n> ```\n>\n> ```output\n> old\n> ```\n> b\n", "-   >   ```c\n    >   x;\n    >   ```\n",
	"- - - ```c\n      x;\n      ```\n", "+ a\n\n  <!-- skein: cell\n  int q;\n  -->\n",
	"\n!!! note\n\n    ```c\n    x;\n    ```\n", "\n!!! note \"b\"\n    ```c\n    x;\n    ```\n    more\n", "\n??? x\n\n\t```c\n\tx;\n\t```\n",
	"\n=== \"T\"\n\n    ```c\n    x;\n    ```\n\n    ```output\n    old\n    ```\n", "\n!!! a\n    !!! b\n        ```c\n        x;\n        ```\n",
	"<!--\n```c {file=c.c}\nint c;\n```\n-->\n",
};

static const char *const fronts[] = {
	"", "", "", "", "\xEF\xBB\xBF", "---\ntitle: x\n---\n", "---\nskein:\n  cc: gcc\n---\n",
	"<!-- skein: fences=admonitions -->\n\n", "---\nskein: {fences: admonitions}\n---\n\n",
	"---\nskein: {fences: [admonitions, comments]}\n---\n", "<!-- skein: run=marked -->\n\n",
	"\xEF\xBB\xBF---\nskein: {outputs: inline}\n...\n",
};

static void
add_block(struct buf *to, struct str block, const char *newline)
{
	static const char *const newlines[] = { "\n", "\r\n", "\r" };

	for (size_t i = 0; i < block.len; i++)
		if (block.data[i] == '\n')
			buf_add(to, newline ? str_of(newline) : ANY(newlines));
		else
			buf_byte(to, block.data[i]);
}

static void
any_document(struct buf *to)
{
	static const char *const newlines[] = { "\n", "\n", "\n", "\r\n", "\r" };
	const char *newline = now_and_then(6) ? NULL : newlines[any(sizeof newlines / sizeof *newlines)];

	add_block(to, ANY(fronts), newline);
	for (uint32_t n = any(8); n > 0; n--) {
		add_block(to, ANY(blocks), newline);
		if (any(2))
			add_block(to, STR("\n"), newline);
	}
	while (any(2) && to->len > 0 && (to->data[to->len - 1] == '\n' || to->data[to->len - 1] == '\r'))
		to->len--;
}

static void
fuzz_make(struct buf *to)
{
	any_document(to);
	for (uint32_t n = any(10); n > 0; n--) {
		buf_byte(to, SEPARATOR);
		any_output(to);
	}
}
#endif

static uint64_t outputs;	/* that were put into documents */

static void
say_outputs(void)
{
	printf("%llu outputs\n", (unsigned long long)outputs);
}

static void
fuzz_one(struct str input)
{
	struct str list[MOST_TEXTS], document = str_cut(input, SEPARATOR, &input);
	struct splice_texts t = { .list = list };
	static bool is_asked;

	if (!is_asked)
		atexit(say_outputs);
	is_asked = true;
	while (input.len > 0 && t.n < MOST_TEXTS)
		list[t.n++] = str_cut(input, SEPARATOR, &input);
	splice_check(document, &t);
	outputs += t.next;
}
