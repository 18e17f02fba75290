"""The language of texts: found where it is plain, and none where it is not."""

from __future__ import annotations

import pytest

from transforms.search.store.language import detected_language

TEXTS = {
    "en": "The bank lends money to the people of the town. What is the weather like in the hills?",
    "de": "Die Bank leiht den Menschen der Stadt wieder Geld. Wie ist das Wetter in den Bergen?",
    "fr": "La banque prête de l'argent aux habitants de la ville. Quel temps fait-il dans les collines ?",
    "es": "El banco vuelve a prestar dinero a la gente de la ciudad. Se fue antes del último gol.",
    "pt": "O banco volta a emprestar dinheiro às pessoas da cidade. Ele foi embora antes do último golo.",
    "it": "La banca presta di nuovo denaro alla gente della città. Se n'è andato prima dell'ultimo gol.",
    "nl": "De bank leent weer geld aan de mensen van de stad. Hij was weg voor het laatste doelpunt.",
    "sv": "Banken lånar ut pengar till folket i staden igen. Han var borta före det sista målet.",
    "da": "Banken låner igen penge ud til folk i byen, og det er godt. Han var væk før det sidste mål, men blev ikke glad.",
    "fi": "Pankki lainaa taas rahaa, ja se on hyvä. Hän oli poissa ennen kuin viimeinen maali tehtiin.",
    "hu": "A bank ismét pénzt ad a város lakosainak. Az utolsó gól előtt már nem volt ott.",
    "ru": "Банк снова даёт деньги жителям города. Он ушёл до того, как был забит последний гол.",
    "ro": "Banca împrumută din nou bani oamenilor din oraș. A plecat înainte de ultimul gol și nu s-a mai întors.",
    "tr": "Banka insanlara yine para veriyor ve bu iyi bir haber. Son golden önce o da gitmiş ama ne için?",
    "el": "Η τράπεζα δανείζει ξανά χρήματα στους κατοίκους της πόλης.",
    "ar": "البنك يقرض المال لسكان المدينة مرة أخرى",
    "ta": "வங்கி மீண்டும் நகர மக்களுக்கு பணம் கடன் கொடுக்கிறது",
}


@pytest.mark.parametrize("language", TEXTS)
def test_a_plain_language_is_found(language: str) -> None:
    assert detected_language(TEXTS[language].split(". ")) == language


def test_of_several_languages_none_is_taken() -> None:
    assert detected_language([TEXTS["en"], TEXTS["de"], TEXTS["en"], TEXTS["de"]]) == "none"
    assert detected_language([TEXTS["de"]] * 9 + [TEXTS["en"]]) == "de"


@pytest.mark.parametrize(
    ("texts", "language"),
    [
        (["銀行は再び町の人々にお金を貸しています。"], "none"),
        (["은행은 다시 도시 사람들에게 돈을 빌려준다."], "none"),
        (["بانک دوباره به مردم شهر پول قرض می‌دهد"], "none"),
        (["Банк знову позичає гроші мешканцям міста, і вони задоволені."], "none"),
        (["Banka opět půjčuje peníze lidem ve městě."], "none"),
        (["Galaxy S21 case, black leather, m", "USB cable 2m", "chair s"], "en"),
        (["42", "", "\ud800"], "en"),
        ([], "en"),
    ],
)
def test_what_is_not_plain_stays_as_it_is(texts: list[str], language: str) -> None:
    assert detected_language(texts) == language
