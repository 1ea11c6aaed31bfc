"""Take the article out of a scraped page, with trafilatura: the optional extra ``respin[extract]``."""

from __future__ import annotations

from respin.errors import InputError


def extract_article(page: bytes) -> str:
    """The article of an HTML page as plain text, a paragraph a line, with a final line end.

    Args:
        page: the page as it was loaded; its encoding is told from the page itself.

    Raises:
        InputError: trafilatura is not installed, or the page has no article.
    """
    try:
        import trafilatura
    except ImportError as error:
        if error.name != "trafilatura":
            raise InputError(f"trafilatura can't be loaded: {' '.join(str(error).split())}") from error
        raise InputError("--extract needs trafilatura: pip install 'respin[extract]'") from None
    article = trafilatura.extract(page, output_format="txt", include_comments=False)
    if not article:
        raise InputError("no article found in this page")
    return str(article).rstrip("\n") + "\n"
